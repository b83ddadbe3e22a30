import ArgumentParser
import SQLiteStore
import Server

struct TransactionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transactions",
        abstract: "Show or end XA transactions whose coordinator does not.",
        discussion: """
            A branch that was prepared keeps its messages and acknowledgements until its
            coordinator commits it or rolls it back. Decide in its place only when it is
            gone for good: other resources of the transaction may have ended otherwise.

            EXAMPLES
              lockkeeper transactions list --data /shared/orders
              lockkeeper transactions commit --data /shared/orders 'XID:[4711,globalId=6f31,branchId=62]'
              lockkeeper transactions rollback --data /shared/orders 'XID:[4711,globalId=6f32,branchId=62]'
            """,
        subcommands: [
            TransactionsListCommand.self, TransactionsCommitCommand.self, TransactionsRollbackCommand.self,
        ])
}

struct TransactionsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show what is in doubt.",
        discussion: """
            The oldest first: how many messages a commit would show, take away, and
            schedule for later, and how old the first of them is, where there is one.
            Only looks: beside a master, or without one. It is the view
            transaction_in_doubt of broker.db.

            EXIT STATUS
              0   shown
              66  the directory does not exist, or no broker has ever been its master
              75  the master holds its store for itself, as on network file systems, or
                  the last one ended unplanned and the next has not started
            """)

    @Option(help: ArgumentHelp("The directory that master and standby share.", valueName: "dir"))
    var data = "./data"

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    func run() async throws {
        let report = try TransactionDesk.report(try DataDirectory.existing(self.data))
        let now = SystemClock.wallMs()
        print(self.json ? Self.json(report, now) : report.text(atMs: now), terminator: self.json ? "\n" : "")
    }

    private static func json(_ report: InDoubtReport, _ now: Int64) -> String {
        JSONLine.object([
            (
                "transactions",
                JSONLine.array(
                    report.transactions.map { transaction in
                        JSONLine.object([
                            ("xid", JSONLine.quoted(transaction.xid)), ("messages", "\(transaction.messages)"),
                            ("acknowledgements", "\(transaction.acknowledgements)"),
                            ("scheduled", "\(transaction.scheduled)"),
                            ("age_ms", transaction.ageMs(atMs: now).map { "\($0)" } ?? "null"),
                        ])
                    })
            )
        ])
    }
}

/// The transaction that an operator decides, and how.
struct TransactionArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The transaction, as list shows it. Quote it: it has brackets.", valueName: "xid"))
    var xid: String

    @Option(help: ArgumentHelp("The directory that master and standby share.", valueName: "dir"))
    var data = "./data"

    @Option(help: ArgumentHelp("How long to wait for the master.", valueName: "time"))
    var wait = TimeArgument(.seconds(60))

    func resolve(commits: Bool) throws {
        try TransactionDesk.resolve(
            self.xid, commits: commits, try DataDirectory.existing(self.data), waitMs: self.wait.milliseconds)
    }

    static let exitStatus = """
        Done, and on disk, when this returns with 0. The coordinator is told
        XAER_NOTA when it comes back to the transaction.

        EXIT STATUS
          0   done
          64  this is no transaction's name
          65  no such transaction is in doubt: it never was, or has ended meanwhile
          66  the directory does not exist, or no broker has ever been its master
          69  no master serves
          75  the master did not answer in time
          77  no permission to write into the directory
        """
}

struct TransactionsCommitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit",
        abstract: "Have the master commit a transaction.",
        discussion: TransactionArguments.exitStatus)

    @OptionGroup var transaction: TransactionArguments

    func run() async throws { try self.transaction.resolve(commits: true) }
}

struct TransactionsRollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Have the master roll a transaction back.",
        discussion: TransactionArguments.exitStatus)

    @OptionGroup var transaction: TransactionArguments

    func run() async throws { try self.transaction.resolve(commits: false) }
}
