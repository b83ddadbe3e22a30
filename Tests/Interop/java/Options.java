import java.util.regex.Pattern;

/** The command line of the suite. */
final class Options {
    static final String USAGE = String.join("\n",
        "usage: Interop [options]",
        "  --url URL            broker under test (tcp://127.0.0.1:61616)",
        "  --failover-url URL   failover: URL for the tests that restart it (default: failover of --url)",
        "  --control COMMAND    shell command that ends and starts the broker; {} in it becomes stop, kill or start",
        "  --operator COMMAND   shell command that runs the broker's own program; {} in it becomes a subcommand",
        "  --only PATTERN       run the tests whose name contains a match of this regular expression",
        "  --jobs N             tests at a time (8)",
        "  --peer               the broker is ActiveMQ: failures of tests marked for it are not counted",
        "  --configured         the broker has config/take-over.xml: run the tests that need it, too",
        "  --verbose            stack traces of failures",
        "  --list               print the names (and marks) and end",
        "  --table              print the table from statements of JMS 1.1 to tests and end");

    String url = "tcp://127.0.0.1:61616";
    String failoverUrl;
    String control;
    String operator;
    Pattern only = Pattern.compile("");
    int jobs = 8;
    boolean peer;
    boolean verbose;
    boolean list;
    boolean table;
    boolean configured;

    static Options parse(String[] args) {
        Options parsed = new Options();
        for (int at = 0; at < args.length; at++) {
            switch (args[at]) {
                case "--peer": parsed.peer = true; continue;
                case "--verbose": parsed.verbose = true; continue;
                case "--list": parsed.list = true; continue;
                case "--configured": parsed.configured = true; continue;
                case "--table": parsed.table = true; continue;
                default: break;
            }
            if (at + 1 >= args.length) throw new IllegalArgumentException("unknown option, or no value: " + args[at]);
            String value = args[at + 1];
            switch (args[at]) {
                case "--url": parsed.url = value; break;
                case "--failover-url": parsed.failoverUrl = value; break;
                case "--control": parsed.control = value; break;
                case "--operator": parsed.operator = value; break;
                case "--only": parsed.only = Pattern.compile(value); break;
                case "--jobs": parsed.jobs = Integer.parseInt(value); break;
                default: throw new IllegalArgumentException("unknown option: " + args[at]);
            }
            at++;
        }
        if (parsed.failoverUrl == null) parsed.failoverUrl = "failover:(" + parsed.url + ")";
        return parsed;
    }
}
