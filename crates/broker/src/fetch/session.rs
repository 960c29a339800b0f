//! Incremental fetch sessions (KIP-227): what a client fetches, remembered, so that it names only changes.
//!
//! Decisions only: the time and the id of a new session come in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ottla_types::{ErrorCode, LeaderEpoch, Offset, PartitionIndex, Timestamp, Uuid};

/// The session id of a fetch that wants none.
pub(crate) const NO_SESSION: i32 = 0;
/// The epoch with which a client asks for a new session.
const INITIAL_EPOCH: i32 = 0;
/// The epoch with which a client says that it wants no session, or no longer.
const FINAL_EPOCH: i32 = -1;
/// Partitions that all sessions together remember. Kafka bounds the sessions alone, each of which may be as large as a
/// request. A client that gets no session names everything each time.
const PARTITIONS_MAX: usize = 1_000_000;
/// A session that was not used for so long gives way to any other.
const STALE_AFTER_MS: i64 = 120_000;

/// Names a partition as the request did: by id since version 13, by name before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TopicKey {
    Id(Uuid),
    Name(Arc<str>),
}

/// One partition of a session or of a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) topic: TopicKey,
    pub(crate) partition: PartitionIndex,
}

/// What a client wants of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) offset: Offset,
    pub(crate) max_bytes: i32,
    pub(crate) current_leader_epoch: LeaderEpoch,
    pub(crate) last_fetched_epoch: LeaderEpoch,
    /// Where the fetcher's own log starts, if it is a follower.
    pub(crate) log_start: Offset,
}

/// What a reply says of a partition, as far as it decides whether the partition must be named.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered {
    pub(crate) high_watermark: Offset,
    pub(crate) log_start: Offset,
    pub(crate) records_len: usize,
    /// An error, a diverging epoch or a preferred replica: always named.
    pub(crate) error: ErrorCode,
    pub(crate) must_name: bool,
}

/// The part of a request that is about its session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionRequest {
    pub(crate) id: i32,
    pub(crate) epoch: i32,
    pub(crate) uses_topic_ids: bool,
    pub(crate) is_follower: bool,
}

/// How a fetch relates to sessions, and with it what its reply must name.
#[derive(Debug)]
pub(crate) enum Context {
    /// Everything is named and nothing remembered.
    Sessionless,
    /// Everything is named, and remembered if there is room.
    Full { uses_topic_ids: bool, is_follower: bool },
    /// Only what changed is named.
    Incremental { session: Arc<Mutex<Session>>, id: i32, epoch_after: i32 },
}

#[derive(Debug)]
pub(crate) struct Session {
    epoch: i32,
    uses_topic_ids: bool,
    is_follower: bool,
    created: Timestamp,
    last_used: Timestamp,
    partitions: Partitions,
}

/// Partitions in the order in which they are served. Those that had records go to the end, so that each
/// has its turn at the front.
#[derive(Debug, Default)]
struct Partitions {
    places: BTreeMap<Key, u64>,
    in_order: BTreeMap<u64, Remembered>,
    next_place: u64,
}

#[derive(Debug)]
struct Remembered {
    key: Key,
    wanted: Wanted,
    high_watermark: Offset,
    log_start: Offset,
}

impl Partitions {
    fn put(&mut self, key: Key, wanted: Wanted) {
        if let Some(place) = self.places.get(&key) {
            self.in_order.get_mut(place).expect("each place is taken").wanted = wanted;
            return;
        }
        let remembered = Remembered { key, wanted, high_watermark: Offset::NONE, log_start: Offset::NONE };
        self.push(remembered);
    }

    fn push(&mut self, remembered: Remembered) {
        let place = self.next_place;
        self.next_place += 1;
        self.places.insert(remembered.key.clone(), place);
        self.in_order.insert(place, remembered);
    }

    fn remove(&mut self, key: &Key) -> Option<Remembered> {
        let place = self.places.remove(key)?;
        self.in_order.remove(&place)
    }

    fn get_mut(&mut self, key: &Key) -> Option<&mut Remembered> {
        self.in_order.get_mut(self.places.get(key)?)
    }

    fn wanted(&self) -> Vec<(Key, Wanted)> {
        self.in_order.values().map(|one| (one.key.clone(), one.wanted.clone())).collect()
    }

    fn len(&self) -> usize {
        self.places.len()
    }
}

impl Session {
    /// Whether the reply must name the partition; remembers what it says.
    fn must_name(&mut self, key: &Key, answered: &Answered) -> bool {
        let Some(remembered) = self.partitions.get_mut(key) else { return false };
        let has_records = answered.records_len > 0;
        let must_name = has_records
            || answered.must_name
            || answered.error.is_error()
            || remembered.high_watermark != answered.high_watermark
            || remembered.log_start != answered.log_start;
        remembered.log_start = answered.log_start;
        // After an error the partition is named again as soon as the error is gone.
        remembered.high_watermark =
            if answered.error.is_error() { Offset::NONE } else { answered.high_watermark };
        if has_records && let Some(remembered) = self.partitions.remove(key) {
            self.partitions.push(remembered);
        }
        must_name
    }

    fn value(&self) -> (bool, usize) {
        (self.is_follower, self.partitions.len())
    }
}

/// The sessions of all clients of this broker, at most `max.incremental.fetch.session.cache.slots`.
#[derive(Debug)]
pub(crate) struct Sessions {
    slots: usize,
    partitions_max: usize,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    sessions: BTreeMap<i32, Arc<Mutex<Session>>>,
    /// How many partitions they remember together.
    partitions: usize,
}

impl Known {
    fn remove(&mut self, id: i32) {
        if let Some(session) = self.sessions.remove(&id) {
            self.partitions -= lock(&session).partitions.len();
        }
    }

    /// Makes the changes that a request asks for.
    fn change(&mut self, session: &mut Session, named: &[(Key, Wanted)], forgotten: &[Key]) {
        let before = session.partitions.len();
        for (key, wanted) in named {
            session.partitions.put(key.clone(), wanted.clone());
        }
        for key in forgotten {
            session.partitions.remove(key);
        }
        self.partitions = self.partitions + session.partitions.len() - before;
    }
}

impl Sessions {
    pub(crate) fn new(slots: usize) -> Self {
        Self { slots, partitions_max: PARTITIONS_MAX, known: Mutex::default() }
    }

    /// Begins a fetch: which partitions it is about, and how its reply will be made.
    pub(crate) fn begin(
        &self,
        now: Timestamp,
        request: SessionRequest,
        named: Vec<(Key, Wanted)>,
        forgotten: &[Key],
    ) -> Result<(Context, Vec<(Key, Wanted)>), ErrorCode> {
        let mut known = lock(&self.known);
        if request.epoch == INITIAL_EPOCH || request.epoch == FINAL_EPOCH {
            // A full fetch closes the session that it names.
            known.remove(request.id);
            let SessionRequest { uses_topic_ids, is_follower, .. } = request;
            let context = match request.epoch {
                FINAL_EPOCH => Context::Sessionless,
                _ => Context::Full { uses_topic_ids, is_follower },
            };
            return Ok((context, named));
        }
        let session = known.sessions.get(&request.id).ok_or(ErrorCode::FetchSessionIdNotFound)?;
        let session = Arc::clone(session);
        let mut state = lock(&session);
        if state.epoch != request.epoch {
            return Err(ErrorCode::InvalidFetchSessionEpoch);
        }
        if state.uses_topic_ids != request.uses_topic_ids {
            return Err(ErrorCode::FetchSessionTopicIdError);
        }
        known.change(&mut state, &named, forgotten);
        let is_over = known.partitions > self.partitions_max;
        if is_over || state.partitions.len() == 0 {
            drop(state);
            known.remove(request.id);
            // A client whose session is gone begins another, and is told then whether it may have one.
            return if is_over {
                Err(ErrorCode::FetchSessionIdNotFound)
            } else {
                Ok((Context::Sessionless, named))
            };
        }
        drop(known);
        state.last_used = now;
        state.epoch = next_epoch(state.epoch);
        let (epoch_after, wanted) = (state.epoch, state.partitions.wanted());
        drop(state);
        Ok((Context::Incremental { session, id: request.id, epoch_after }, wanted))
    }

    /// Ends a fetch: the session id of the reply, and for each partition whether the reply names it.
    pub(crate) fn finish(
        &self,
        now: Timestamp,
        context: Context,
        answers: &[(Key, Wanted, Answered)],
        fresh_id: impl FnMut() -> i32,
    ) -> Result<(i32, Vec<bool>), ErrorCode> {
        match context {
            Context::Sessionless => Ok((NO_SESSION, vec![true; answers.len()])),
            Context::Full { uses_topic_ids, is_follower } => {
                let session = remember(now, uses_topic_ids, is_follower, answers);
                Ok((self.insert(now, session, fresh_id), vec![true; answers.len()]))
            }
            Context::Incremental { session, id, epoch_after } => {
                let mut session = lock(&session);
                if session.epoch != epoch_after {
                    return Err(ErrorCode::InvalidFetchSessionEpoch);
                }
                let named =
                    answers.iter().map(|(key, _, answered)| session.must_name(key, answered)).collect();
                Ok((id, named))
            }
        }
    }

    /// How many sessions there are.
    #[cfg(test)]
    fn len(&self) -> usize {
        lock(&self.known).sessions.len()
    }

    fn insert(&self, now: Timestamp, session: Session, mut fresh_id: impl FnMut() -> i32) -> i32 {
        let mut known = lock(&self.known);
        let added = session.partitions.len();
        if added > self.partitions_max {
            return NO_SESSION;
        }
        while known.sessions.len() >= self.slots || known.partitions + added > self.partitions_max {
            let Some(victim) = victim(&known.sessions, now, &session) else { return NO_SESSION };
            known.remove(victim);
        }
        let id = loop {
            let id = fresh_id() & i32::MAX;
            if id != NO_SESSION && !known.sessions.contains_key(&id) {
                break id;
            }
        };
        known.partitions += added;
        known.sessions.insert(id, Arc::new(Mutex::new(session)));
        id
    }
}

fn remember(
    now: Timestamp,
    uses_topic_ids: bool,
    is_follower: bool,
    answers: &[(Key, Wanted, Answered)],
) -> Session {
    let mut partitions = Partitions::default();
    for (key, wanted, answered) in answers {
        let high_watermark = if answered.error.is_error() { Offset::NONE } else { answered.high_watermark };
        partitions.put(key.clone(), wanted.clone());
        if let Some(remembered) = partitions.get_mut(key) {
            remembered.high_watermark = high_watermark;
            remembered.log_start = answered.log_start;
        }
    }
    let epoch = next_epoch(INITIAL_EPOCH);
    Session { epoch, uses_topic_ids, is_follower, created: now, last_used: now, partitions }
}

/// Which session gives way to a new one, if any does: one that is stale, or else the least valuable one that
/// is not newer than it may be. A follower's session is worth more than a client's, and more partitions are
/// worth more than fewer.
fn victim(sessions: &BTreeMap<i32, Arc<Mutex<Session>>>, now: Timestamp, newcomer: &Session) -> Option<i32> {
    let mut stale: Option<(Timestamp, i32)> = None;
    let mut least: Option<((bool, usize), i32)> = None;
    for (&id, session) in sessions {
        let session = lock(session);
        if now.ms_since(session.last_used) > STALE_AFTER_MS {
            let candidate = (session.last_used, id);
            stale = Some(stale.map_or(candidate, |known| known.min(candidate)));
        }
        let is_settled = now.ms_since(session.created) > STALE_AFTER_MS;
        if is_settled || (newcomer.is_follower && !session.is_follower) {
            let candidate = (session.value(), id);
            least = Some(least.map_or(candidate, |known| known.min(candidate)));
        }
    }
    if let Some((_, id)) = stale {
        return Some(id);
    }
    least.filter(|(value, _)| *value <= newcomer.value()).map(|(_, id)| id)
}

/// After the largest epoch comes 1: 0 asks for a new session.
fn next_epoch(epoch: i32) -> i32 {
    if epoch == i32::MAX { 1 } else { epoch + 1 }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn key(partition: i32) -> Key {
        Key { topic: TopicKey::Name("t".into()), partition: PartitionIndex(partition) }
    }

    fn wanted(offset: i64) -> Wanted {
        Wanted {
            offset: Offset(offset),
            max_bytes: 100,
            current_leader_epoch: LeaderEpoch::NONE,
            last_fetched_epoch: LeaderEpoch::NONE,
            log_start: Offset::NONE,
        }
    }

    fn answered(high_watermark: i64, records_len: usize) -> Answered {
        Answered {
            high_watermark: Offset(high_watermark),
            log_start: Offset::ZERO,
            records_len,
            error: ErrorCode::None,
            must_name: false,
        }
    }

    fn request(id: i32, epoch: i32) -> SessionRequest {
        SessionRequest { id, epoch, uses_topic_ids: false, is_follower: false }
    }

    /// Opens a session on partitions `0..count` and returns its id.
    fn open(sessions: &Sessions, now: Timestamp, count: i32, id: i32) -> i32 {
        let named: Vec<_> = (0..count).map(|index| (key(index), wanted(0))).collect();
        let (context, all) = sessions.begin(now, request(0, 0), named, &[]).unwrap();
        let answers: Vec<_> = all.into_iter().map(|(key, wanted)| (key, wanted, answered(5, 0))).collect();
        sessions.finish(now, context, &answers, || id).unwrap().0
    }

    fn step(sessions: &Sessions, id: i32, epoch: i32, answer: impl Fn(&Key) -> Answered) -> Vec<i32> {
        let (context, all) = sessions.begin(NOW, request(id, epoch), vec![], &[]).unwrap();
        let answers: Vec<_> = all
            .into_iter()
            .map(|(key, wanted)| {
                let answered = answer(&key);
                (key, wanted, answered)
            })
            .collect();
        let (_, named) = sessions.finish(NOW, context, &answers, || unreachable!()).unwrap();
        answers.iter().zip(named).filter(|(_, named)| *named).map(|((key, ..), _)| key.partition.0).collect()
    }

    #[test]
    fn only_what_changed_is_named() {
        let sessions = Sessions::new(10);
        let id = open(&sessions, NOW, 3, 7);
        assert_eq!(id, 7);
        assert_eq!(step(&sessions, id, 1, |_| answered(5, 0)), [0; 0]);
        assert_eq!(step(&sessions, id, 2, |key| answered(5 + i64::from(key.partition.0 == 1), 0)), [1]);
        let failing = Answered { error: ErrorCode::NotLeaderOrFollower, ..answered(5, 0) };
        assert_eq!(
            step(&sessions, id, 3, |key| if key.partition.0 == 2 { failing } else { answered(5, 0) }),
            [1, 2]
        );
        assert_eq!(step(&sessions, id, 4, |_| answered(5, 0)), [2], "the error is gone, which is news");
    }

    #[test]
    fn a_partition_that_had_records_goes_to_the_end() {
        let sessions = Sessions::new(10);
        let id = open(&sessions, NOW, 3, 7);
        step(&sessions, id, 1, |key| answered(5, usize::from(key.partition.0 == 0)));
        let (_, order) = sessions.begin(NOW, request(id, 2), vec![], &[]).unwrap();
        assert_eq!(order.iter().map(|(key, _)| key.partition.0).collect::<Vec<_>>(), [1, 2, 0]);
    }

    #[test]
    fn a_wrong_epoch_id_or_kind_of_name_is_refused() {
        let sessions = Sessions::new(10);
        let id = open(&sessions, NOW, 1, 7);
        let refusal = |request| sessions.begin(NOW, request, vec![], &[]).unwrap_err();
        assert_eq!(refusal(request(id, 2)), ErrorCode::InvalidFetchSessionEpoch);
        assert_eq!(refusal(request(8, 1)), ErrorCode::FetchSessionIdNotFound);
        let by_id = SessionRequest { uses_topic_ids: true, ..request(id, 1) };
        assert_eq!(refusal(by_id), ErrorCode::FetchSessionTopicIdError);
    }

    #[test]
    fn forgetting_the_last_partition_closes_the_session() {
        let sessions = Sessions::new(10);
        let id = open(&sessions, NOW, 2, 7);
        let (context, rest) = sessions.begin(NOW, request(id, 1), vec![], &[key(0)]).unwrap();
        assert!(matches!(context, Context::Incremental { .. }));
        assert_eq!(rest.len(), 1);
        let (context, rest) = sessions.begin(NOW, request(id, 2), vec![], &[key(1)]).unwrap();
        assert!(matches!(context, Context::Sessionless) && rest.is_empty());
        assert_eq!(sessions.len(), 0);
    }

    #[test]
    fn sessions_remember_no_more_partitions_than_all_may_have_together() {
        let sessions = Sessions { partitions_max: 10, ..Sessions::new(100) };
        assert_eq!(open(&sessions, NOW, 11, 1), NO_SESSION);
        let id = open(&sessions, NOW, 6, 2);
        assert_eq!(open(&sessions, NOW, 5, 3), NO_SESSION);
        assert_eq!(open(&sessions, NOW, 4, 4), 4);
        // One that grows too large is gone.
        let more = || vec![(key(100), wanted(0))];
        assert!(sessions.begin(NOW, request(4, 1), more(), &[key(0)]).is_ok(), "one comes and one goes");
        let refused = sessions.begin(NOW, request(id, 1), more(), &[]).unwrap_err();
        assert_eq!(refused, ErrorCode::FetchSessionIdNotFound);
        assert_eq!(open(&sessions, NOW, 6, 5), 5);
        // Those that nobody uses give way.
        let later = NOW.plus_ms(STALE_AFTER_MS + 1);
        assert_eq!(open(&sessions, later, 10, 6), 6);
        assert_eq!((sessions.len(), lock(&sessions.known).partitions), (1, 10));
        sessions.begin(later, request(6, FINAL_EPOCH), vec![], &[]).unwrap();
        assert_eq!(lock(&sessions.known).partitions, 0);
    }

    #[test]
    fn when_the_slots_are_taken_a_stale_session_gives_way_and_a_busy_one_does_not() {
        let sessions = Sessions::new(1);
        assert_eq!(open(&sessions, NOW, 2, 7), 7);
        assert_eq!(open(&sessions, NOW, 9, 8), NO_SESSION, "the other is too new to give way");
        assert_eq!(open(&sessions, NOW.plus_ms(STALE_AFTER_MS + 1), 1, 9), 9);
        assert_eq!(sessions.len(), 1);
    }
}
