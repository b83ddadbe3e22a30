import BrokerCore
import Glibc

/// One request of the broker to the writer's thread.
enum StoreRequest: Sendable {
    case commit(StoreBatch, @Sendable (Result<any CommitProof, StoreError>) -> Void)
    case page(PageRequest, @Sendable (Result<[StoredMessage], StoreError>) -> Void)
    case schedules(SchedulePageRequest, @Sendable (Result<[ScheduleRecord], StoreError>) -> Void)
    case close(@Sendable () -> Void)
}

struct PageRequest: Sendable {
    let backlog: BacklogID
    /// Nil for all priorities.
    var priority: Int8?
    let from: MessageSequence
    let limit: Int
    let maximumBytes: Int
}

struct SchedulePageRequest: Sendable {
    let after: ScheduleKey
    let through: Int64
    let limit: Int
    let maximumBytes: Int
}

/// The queue between the broker and the writer's thread, in order.
///
/// Bounded: the broker hands over one batch at a time and a page per backlog, so that the bound is met only where the
/// writer cannot keep up; then ``put(_:)`` waits, and with it the sockets are no longer read.
final class HandOver: @unchecked Sendable {
    // Unchecked because the compiler does not know condition variables: `requests`, `isClosed`, `isServing`, `isClaimed` and
    // `writer` are only touched with `mutex` locked.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let notEmpty: UnsafeMutablePointer<pthread_cond_t>
    private let notFull: UnsafeMutablePointer<pthread_cond_t>
    private let capacity: Int
    private var requests: [StoreRequest] = []
    private var isClosed = false
    /// Whether the writer's thread is serving what it took.
    private var isServing = false
    /// Whether another thread stands in for it.
    private var isClaimed = false
    private var writer: pthread_t?

    init(capacity: Int = 16_384) {
        self.capacity = capacity
        self.mutex = .allocate(capacity: 1)
        self.notEmpty = .allocate(capacity: 1)
        self.notFull = .allocate(capacity: 1)
        pthread_mutex_init(self.mutex, nil)
        pthread_cond_init(self.notEmpty, nil)
        pthread_cond_init(self.notFull, nil)
    }

    deinit {
        pthread_cond_destroy(self.notFull)
        pthread_cond_destroy(self.notEmpty)
        pthread_mutex_destroy(self.mutex)
        self.notFull.deallocate()
        self.notEmpty.deallocate()
        self.mutex.deallocate()
    }

    /// False once the writer has ended: nobody will answer the request.
    func put(_ request: StoreRequest) -> Bool {
        pthread_mutex_lock(self.mutex)
        // The writer itself, in an answer, must not wait for itself.
        while self.requests.count >= self.capacity, !self.isClosed, !self.isWriter {
            pthread_cond_wait(self.notFull, self.mutex)
        }
        let isTaken = !self.isClosed
        if isTaken { self.requests.append(request) }
        let isFirst = isTaken && self.requests.count == 1
        pthread_mutex_unlock(self.mutex)
        // Only now: a writer woken earlier would at once wait for the mutex.
        if isFirst { pthread_cond_signal(self.notEmpty) }
        return isTaken
    }

    /// For the writer: waits for requests and takes all there are. `taken` is emptied and its memory used again.
    func take(into taken: inout [StoreRequest]) {
        taken.removeAll(keepingCapacity: true)
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        self.writer = pthread_self()
        self.isServing = false
        while self.requests.isEmpty || self.isClaimed { pthread_cond_wait(self.notEmpty, self.mutex) }
        self.isServing = true
        swap(&taken, &self.requests)
        pthread_cond_broadcast(self.notFull)
    }

    /// Lets the caller do the writer's work, if there is none for the writer: nobody else does until ``release()``.
    func claim() -> Bool {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        guard self.requests.isEmpty, !self.isServing, !self.isClaimed, !self.isClosed, self.writer != nil else {
            return false
        }
        self.isClaimed = true
        return true
    }

    func release() {
        pthread_mutex_lock(self.mutex)
        self.isClaimed = false
        let isWaitedFor = !self.requests.isEmpty
        pthread_mutex_unlock(self.mutex)
        if isWaitedFor { pthread_cond_signal(self.notEmpty) }
    }

    /// For the writer: refuses what comes from now on, and returns what came until now.
    func close() -> [StoreRequest] {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        self.isClosed = true
        pthread_cond_broadcast(self.notFull)
        defer { self.requests = [] }
        return self.requests
    }

    private var isWriter: Bool { self.writer.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
}
