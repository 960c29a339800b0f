//! The cluster's metadata as this node has it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use ottla_metadata::MetadataImage;
use ottla_types::Offset;
use tokio::sync::watch;

/// The latest image, replaced as a whole by the one task that follows the metadata log. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Published {
    image: Arc<ArcSwap<MetadataImage>>,
    /// Up to where the image has been put into effect on this node: partitions opened, settings in force.
    in_effect: watch::Receiver<Offset>,
}

/// The other end: for the task that follows the log.
pub(crate) struct Publisher {
    image: Arc<ArcSwap<MetadataImage>>,
    in_effect: watch::Sender<Offset>,
}

impl Published {
    pub(crate) fn new(image: MetadataImage) -> (Publisher, Self) {
        let (sender, in_effect) = watch::channel(Offset::ZERO);
        let image = Arc::new(ArcSwap::from_pointee(image));
        (Publisher { image: Arc::clone(&image), in_effect: sender }, Self { image, in_effect })
    }

    /// The image now.
    pub(crate) fn image(&self) -> Arc<MetadataImage> {
        self.image.load_full()
    }

    /// Waits until everything below `offset` is in effect here, or until the node stops.
    pub(crate) async fn reached(&self, offset: Offset) {
        let mut in_effect = self.in_effect.clone();
        // An error means that the follower has stopped, and with it the node.
        let _ = in_effect.wait_for(|reached| *reached >= offset).await;
    }
}

impl Publisher {
    /// Shows an image to everyone who looks from now on.
    pub(crate) fn publish(&self, image: MetadataImage) {
        self.image.store(Arc::new(image));
    }

    /// Says that the image is in effect on this node.
    pub(crate) fn put_in_effect(&self, end: Offset) {
        self.in_effect.send_replace(end);
    }
}
