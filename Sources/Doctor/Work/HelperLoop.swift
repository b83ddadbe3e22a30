/// The life of a helper process: one task a line on standard input, one answer a line on standard output.
package enum HelperLoop {
    /// Runs until the input ends, which it does with the doctor. Locks are then given back by the system.
    package static func run(scratch: String) {
        let worker = Worker(scratch: scratch)
        while let line = StandardStreams.nextLine() {
            let answer: Message
            do throws(DoctorError) {
                answer = worker.perform(try Message(parsing: line))
            } catch {
                answer = .failed(error.description)
            }
            guard StandardStreams.answer(line: answer.line) else { return }
        }
    }
}
