//! The requests that one peer has not answered.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::time::Duration;

use metainfo::{BLOCK_LENGTH, Block};

use crate::Time;

/// Requests in flight to one peer, and how many there should be.
///
/// The right number is the peer's rate times its delay: fewer leave it idle between blocks, more wait
/// in its queue for nothing. From [`START`] on, each block that arrives moves the depth by one: up while
/// blocks hardly wait longer than the quickest did, else towards the measured rate times that delay.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline {
    /// Requests in flight, oldest first.
    waiting: VecDeque<Sent>,
    /// Requests that were cancelled. Their blocks may be on the way all the same.
    withdrawn: VecDeque<Sent>,
    /// How many requests there should be in flight, and how many there may be at most.
    depth: u32,
    limit: u32,
    /// The shortest time that a block took.
    quickest: Option<Duration>,
    /// Bytes each second that the peer gives while it has enough to do.
    pace: u64,
    /// When the first of the requests was sent since there were none.
    busy_since: Time,
}

/// A block that was asked for, or whose request was cancelled, at a time.
#[derive(Clone, Copy, Debug)]
struct Sent {
    block: Block,
    at: Time,
}

impl Pipeline {
    /// An empty pipeline of at most `limit` requests.
    pub(crate) fn new(limit: u32) -> Self {
        let depth = START.min(limit);
        Self {
            waiting: VecDeque::new(),
            withdrawn: VecDeque::new(),
            depth,
            limit,
            quickest: None,
            pace: 0,
            busy_since: Time::ZERO,
        }
    }

    /// The peer queues no more than `limit` requests.
    pub(crate) fn set_limit(&mut self, limit: u32) {
        self.limit = limit.max(1);
        self.depth = self.depth.min(self.limit);
    }

    /// Requests that wait for an answer.
    pub(crate) fn len(&self) -> u32 {
        self.waiting.len() as u32
    }

    /// How many more to send now.
    pub(crate) fn room(&self) -> u32 {
        self.depth.saturating_sub(self.len())
    }

    /// Bytes each second that the peer gives while it has enough to do; zero before it gave any.
    pub(crate) const fn pace(&self) -> u64 {
        self.pace
    }

    /// Whether the peer had enough to do for long enough to judge it by its pace.
    pub(crate) fn is_settled(&self, now: Time) -> bool {
        !self.waiting.is_empty() && now.since(self.busy_since) >= SETTLING
    }

    /// The peer gives `rate` bytes each second just now.
    pub(crate) fn observe(&mut self, now: Time, rate: u64) {
        self.pace = if self.is_settled(now) { rate } else { self.pace.max(rate) };
    }

    /// How long the peer takes to answer this many requests; `None` if it has not shown its pace.
    pub(crate) fn wait(&self, requests: u32) -> Option<Duration> {
        let bytes = u64::from(requests) * u64::from(BLOCK_LENGTH);
        Some(Duration::from_millis((bytes * 1000).checked_div(self.pace)?))
    }

    /// How many requests were sent before the one for this block, if it is waited for.
    pub(crate) fn position(&self, block: Block) -> Option<u32> {
        self.waiting.iter().position(|sent| sent.block == block).map(|position| position as u32)
    }

    /// Notes a request as sent.
    pub(crate) fn push(&mut self, now: Time, block: Block) {
        if self.waiting.is_empty() {
            self.busy_since = now;
        }
        take(&mut self.withdrawn, block);
        self.waiting.push_back(Sent { block, at: now });
    }

    /// Whether the block is waited for.
    pub(crate) fn waits_for(&self, block: Block) -> bool {
        self.waiting.iter().any(|sent| sent.block == block)
    }

    /// Whether the block may come, because it is waited for or was.
    pub(crate) fn expects(&self, block: Block) -> bool {
        self.waits_for(block) || self.withdrawn.iter().any(|sent| sent.block == block)
    }

    /// Whether a request for the block would be mistaken for one that was cancelled not long ago: an answer
    /// to that may still come.
    pub(crate) fn is_ambiguous(&self, now: Time, block: Block) -> bool {
        self.withdrawn.iter().any(|sent| sent.block == block && now.since(sent.at) < AMBIGUOUS)
    }

    /// The blocks that are waited for, oldest request first.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = Block> + '_ {
        self.waiting.iter().map(|sent| sent.block)
    }

    /// Stops waiting for the block, which may still come. Whether it was waited for.
    pub(crate) fn withdraw(&mut self, now: Time, block: Block) -> bool {
        let found = take(&mut self.waiting, block).is_some();
        if found {
            self.withdrawn.push_back(Sent { block, at: now });
            if self.withdrawn.len() > self.limit as usize {
                self.withdrawn.pop_front();
            }
        }
        found
    }

    /// Forgets the request for the block, which will not come. Whether it was waited for.
    pub(crate) fn remove(&mut self, block: Block) -> bool {
        take(&mut self.withdrawn, block).is_none() && take(&mut self.waiting, block).is_some()
    }

    /// Forgets every request: none will be answered.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.withdrawn.clear();
    }

    /// Takes the request for a block that arrived whole, from a peer that gives `rate` bytes each second,
    /// and adapts the depth. Whether the block was waited for.
    pub(crate) fn answered(&mut self, now: Time, block: Block, rate: u64) -> bool {
        let Some(sent) = take(&mut self.waiting, block) else {
            take(&mut self.withdrawn, block);
            return false;
        };
        let delay = now.since(sent.at);
        let quickest = self.quickest.map_or(delay, |quickest| quickest.min(delay));
        self.quickest = Some(quickest);
        if delay > quickest + QUEUE {
            let bytes = u128::from(rate) * (quickest + QUEUE).as_millis() / 1000;
            let enough = bytes.div_ceil(u128::from(BLOCK_LENGTH));
            match u128::from(self.depth).cmp(&enough) {
                Ordering::Less => self.depth += 1,
                Ordering::Equal => {}
                Ordering::Greater => self.depth -= 1,
            }
        } else if self.len() >= self.depth / 2 {
            // A pipeline that is not even used says nothing about a longer one.
            self.depth += 1;
        }
        self.depth = self.depth.max(LEAST).min(self.limit);
        true
    }
}

fn take(requests: &mut VecDeque<Sent>, block: Block) -> Option<Sent> {
    let at = requests.iter().position(|sent| sent.block == block)?;
    requests.remove(at)
}

/// Requests in flight before anything is known of the peer: half a megabyte.
const START: u32 = 32;
/// Requests in flight to the slowest peer.
const LEAST: u32 = 4;
/// How long requests may wait at the peer: enough to ride out its jitter, too short to matter elsewhere.
const QUEUE: Duration = Duration::from_millis(150);
/// How long a peer must have had requests for its rate to be its pace: as long as rates are averaged over.
const SETTLING: Duration = Duration::from_secs(3);
/// How long the answer to a cancelled request may take. Not every client gives one.
const AMBIGUOUS: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use metainfo::PieceIndex;

    use super::*;

    fn block(n: u32) -> Block {
        Block { piece: PieceIndex::new(n), begin: 0, length: BLOCK_LENGTH }
    }

    /// Keeps the pipeline full while `blocks` arrive, each `delay` after its request.
    fn run(pipeline: &mut Pipeline, rate: u64, delay: u64, blocks: u32) {
        let mut names = pipeline.waiting().last().map_or(0, |block| block.piece.get() + 1)..;
        for _ in 0..blocks {
            while let (1.., Some(n)) = (pipeline.room(), names.next()) {
                pipeline.push(Time::from_millis(1_000), block(n));
            }
            let oldest = pipeline.waiting().next().expect("the pipeline was just filled");
            pipeline.answered(Time::from_millis(1_000 + delay), oldest, rate);
        }
    }

    #[test]
    fn the_depth_grows_while_blocks_do_not_wait() {
        let mut pipeline = Pipeline::new(500);
        run(&mut pipeline, 1_000_000, 20, 100);
        assert_eq!(pipeline.depth, 132);
    }

    #[test]
    fn the_depth_follows_rate_and_delay_once_blocks_wait() {
        let mut pipeline = Pipeline::new(500);
        run(&mut pipeline, 1_638_400, 50, 1);
        run(&mut pipeline, 1_638_400, 400, 100);
        assert_eq!(pipeline.depth, 20, "100 blocks a second times 50 ms and the queue of 150 ms");
    }

    #[test]
    fn the_depth_stays_within_what_the_peer_queues() {
        let mut pipeline = Pipeline::new(500);
        pipeline.set_limit(10);
        run(&mut pipeline, 100_000_000, 20, 100);
        assert_eq!(pipeline.depth, 10);
    }

    #[test]
    fn a_stalled_peer_keeps_a_few_requests() {
        let mut pipeline = Pipeline::new(500);
        run(&mut pipeline, 0, 10, 1);
        run(&mut pipeline, 0, 9_000, 100);
        assert_eq!(pipeline.depth, LEAST);
    }

    #[test]
    fn the_depth_of_an_unused_pipeline_does_not_grow() {
        let mut pipeline = Pipeline::new(500);
        for n in 0..100 {
            pipeline.push(Time::ZERO, block(n));
            assert!(pipeline.answered(Time::from_millis(20), block(n), 1_000));
        }
        assert_eq!(pipeline.depth, START);
    }

    #[test]
    fn a_peer_that_had_nothing_to_do_is_not_slow() {
        let mut pipeline = Pipeline::new(500);
        assert_eq!(pipeline.wait(1), None);
        pipeline.push(Time::from_millis(1_000), block(1));
        pipeline.observe(Time::from_millis(1_500), 1_638_400);
        pipeline.observe(Time::from_millis(2_000), 163_840);
        assert_eq!(pipeline.wait(10), Some(Duration::from_millis(100)));

        pipeline.observe(Time::from_millis(4_000), 163_840);
        assert_eq!(pipeline.wait(10), Some(Duration::from_secs(1)), "three seconds of work are telling");
        pipeline.answered(Time::from_millis(4_000), block(1), 0);
        assert!(!pipeline.is_settled(Time::from_millis(9_000)));
    }

    #[test]
    fn a_withdrawn_request_is_still_recognised() {
        let mut pipeline = Pipeline::new(500);
        pipeline.push(Time::ZERO, block(1));
        assert!(pipeline.withdraw(Time::ZERO, block(1)));
        assert_eq!(pipeline.len(), 0);
        assert!(pipeline.expects(block(1)) && !pipeline.waits_for(block(1)));
        assert!(!pipeline.answered(Time::ZERO, block(1), 0));
        assert!(!pipeline.expects(block(1)));
    }

    #[test]
    fn a_withdrawn_request_is_not_repeated_while_its_answer_may_come() {
        let mut pipeline = Pipeline::new(500);
        pipeline.push(Time::ZERO, block(1));
        pipeline.withdraw(Time::from_millis(1_000), block(1));
        assert!(pipeline.is_ambiguous(Time::from_millis(30_999), block(1)));
        assert!(!pipeline.is_ambiguous(Time::from_millis(31_000), block(1)));
    }

    #[test]
    fn withdrawn_requests_are_not_kept_for_ever() {
        let mut pipeline = Pipeline::new(10);
        for n in 0..100 {
            pipeline.push(Time::ZERO, block(n));
            pipeline.withdraw(Time::ZERO, block(n));
        }
        assert_eq!(pipeline.withdrawn.len(), 10);
    }
}
