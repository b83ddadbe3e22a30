import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Runs the interop suite: real JMS client against a broker. One line per test, a summary, an exit status. */
public final class Interop {
    private static final Class<?>[] SUITES = {
        WireFormatTests.class, ConnectionTests.class, DestinationTests.class, MessageTests.class, BodyTests.class,
        AckTests.class, WindowTests.class, RedeliveryTests.class, ExpiryTests.class, PullTests.class,
        BrowserTests.class, SelectorTests.class, TransactionTests.class, XATests.class, TempTests.class,
        DurableTests.class, SubscriptionTests.class, GroupTests.class, AdvisoryTests.class, FlowTests.class,
        KeepAliveTests.class, ErrorTests.class, LoadTests.class, RawTests.class, RawWireTests.class,
        VirtualTests.class, ScheduleTests.class,
        JmsHeaderTests.class, JmsPropertyTests.class, JmsBodyTests.class, JmsStreamTests.class,
        JmsMapTests.class, JmsSelectorTests.class, JmsConnectionTests.class, JmsSessionTests.class, JmsAckTests.class,
        JmsConsumerTests.class, JmsProducerTests.class, JmsQueueTests.class, JmsTopicTests.class, JmsServerTests.class,
        FailoverTests.class, RestartTests.class, TakeOverTests.class, TakeOverTopicTests.class,
        TakeOverWorkTests.class, TakeOverPolicyTests.class,
    };

    private final Options options;
    private final List<String> failures = new ArrayList<>();
    private int passed;
    private int marked;
    private int skipped;

    private Interop(Options options) {
        this.options = options;
    }

    /** One test: a method, perhaps with one of its variants. */
    private static final class Test {
        final Method method;
        final String variant;
        final Case rules;
        final String name;

        Test(Method method, String variant) {
            this.method = method;
            this.variant = variant;
            this.rules = method.getAnnotation(Case.class);
            String group = method.getDeclaringClass().getSimpleName().replace("Tests", "");
            this.name = group + "." + method.getName() + (variant == null ? "" : "[" + variant + "]");
        }

        void call(Rig rig) throws Throwable {
            try {
                if (variant == null) method.invoke(null, rig);
                else method.invoke(null, rig, variant);
            } catch (InvocationTargetException wrapped) {
                throw wrapped.getCause();
            }
        }
    }

    private static List<Test> tests(Options options) {
        List<Test> found = new ArrayList<>();
        for (Class<?> suite : SUITES) {
            Method[] methods = suite.getDeclaredMethods();
            java.util.Arrays.sort(methods, Comparator.comparing(Method::getName));
            for (Method method : methods) {
                Case rules = method.getAnnotation(Case.class);
                if (rules == null) continue;
                method.setAccessible(true);
                if (rules.variants().length == 0) found.add(new Test(method, null));
                for (String variant : rules.variants()) found.add(new Test(method, variant));
            }
        }
        found.removeIf(test -> !options.only.matcher(test.name).find());
        return found;
    }

    public static void main(String[] args) throws Exception {
        Options options;
        try {
            options = Options.parse(args);
        } catch (IllegalArgumentException error) {
            System.err.println(error.getMessage() + "\n" + Options.USAGE);
            System.exit(64);
            return;
        }
        List<Test> tests = tests(options);
        if (options.list) {
            for (Test test : tests) {
                String mark = test.rules.peer().isEmpty() ? "" : "   # marked for ActiveMQ: " + test.rules.peer();
                System.out.println(test.name + mark);
            }
            return;
        }
        if (options.table) {
            table(tests);
            return;
        }
        System.exit(new Interop(options).run(tests));
    }

    /** The sections of JMS 1.1 in their order, each statement with its test, and how many there are. */
    private static void table(List<Test> tests) {
        List<Test> stating = new ArrayList<>(tests);
        stating.removeIf(test -> test.rules.jms().isEmpty());
        stating.sort(Comparator.comparing(test -> sectionKey(test.rules.jms())));
        System.out.println("| JMS 1.1 | statement | test |\n|---|---|---|");
        for (Test test : stating) {
            String says = test.rules.states().replace("{}", String.valueOf(test.variant)).replace("|", "\\|");
            if (!test.rules.client().isEmpty()) says += " (not with this client: " + test.rules.client() + ")";
            if (!test.rules.peer().isEmpty()) says += " (ActiveMQ: " + test.rules.peer() + ")";
            System.out.println("| " + test.rules.jms() + " | " + says + " | " + test.name + " |");
        }
        long sections = stating.stream().map(test -> test.rules.jms()).distinct().count();
        System.out.println(stating.size() + " statements of " + sections + " sections");
    }

    /** Sorts 3.10 after 3.9. */
    private static String sectionKey(String section) {
        StringBuilder key = new StringBuilder();
        for (String part : section.split("\\.")) key.append(String.format("%04d.", Integer.parseInt(part)));
        return key.toString();
    }

    private int run(List<Test> tests) throws InterruptedException {
        long begun = System.nanoTime();
        List<Test> together = new ArrayList<>(tests);
        together.removeIf(test -> test.rules.alone());
        together.sort(Comparator.comparing(test -> !test.rules.slow()));
        ExecutorService slow = Executors.newCachedThreadPool(Interop::daemon);
        ExecutorService quick = Executors.newFixedThreadPool(Math.max(1, options.jobs), Interop::daemon);
        for (Test test : together) (test.rules.slow() ? slow : quick).execute(() -> runOne(test));
        for (ExecutorService pool : List.of(slow, quick)) {
            pool.shutdown();
            pool.awaitTermination(1, TimeUnit.HOURS);
        }
        for (Test test : tests) if (test.rules.alone()) runOne(test);
        for (String failure : failures) System.out.println("failed: " + failure);
        String others = marked > 0 ? ", " + marked + " marked" : "";
        if (skipped > 0) others += ", " + skipped + " skipped";
        System.out.printf("%d passed, %d failed%s in %.1f s%n", passed, failures.size(), others,
            (System.nanoTime() - begun) / 1e9);
        return failures.isEmpty() && passed > 0 ? 0 : 1;
    }

    private static Thread daemon(Runnable body) {
        Thread thread = new Thread(body, "test");
        thread.setDaemon(true);
        return thread;
    }

    private void runOne(Test test) {
        if (test.rules.control() && options.control == null) {
            report("skip " + test.name + ": needs --control", () -> skipped++);
            return;
        }
        if (test.rules.operator() && options.operator == null) {
            report("skip " + test.name + ": needs --operator", () -> skipped++);
            return;
        }
        if (test.rules.configured() && !options.configured) {
            report("skip " + test.name + ": needs --config config/take-over.xml", () -> skipped++);
            return;
        }
        long begun = System.nanoTime();
        Rig rig = new Rig(options, test.name);
        Throwable[] fault = new Throwable[1];
        Thread body = daemon(() -> {
            try {
                test.call(rig);
            } catch (Throwable thrown) {
                fault[0] = thrown;
            }
        });
        body.setName(test.name);
        body.start();
        boolean hung = !joined(body, test.rules.limit() * 1000L);
        StackTraceElement[] where = body.getStackTrace();
        if (hung) body.interrupt();
        Thread cleanup = daemon(rig::close);
        cleanup.start();
        boolean cleaned = joined(cleanup, 20_000);
        long milliseconds = (System.nanoTime() - begun) / 1_000_000;
        String reason = null;
        if (hung) reason = "hung for " + test.rules.limit() + " s at " + inSuite(where);
        else if (fault[0] != null) reason = describe(fault[0]);
        else if (!cleaned) reason = "closing its connections hung at " + inSuite(cleanup.getStackTrace());
        conclude(test, reason, milliseconds, fault[0]);
    }

    private void conclude(Test test, String reason, long milliseconds, Throwable fault) {
        if (!test.rules.client().isEmpty()) {
            if (reason == null) {
                String stale = test.name + ": holds with this client, though marked: " + test.rules.client();
                report("not ok " + stale, () -> failures.add(stale));
            } else {
                report("marked " + test.name + ": " + test.rules.client() + " (" + reason + ")", () -> marked++);
            }
        } else if (reason == null) {
            report("ok " + test.name + " " + milliseconds, () -> passed++);
        } else if (options.peer && !test.rules.peer().isEmpty()) {
            report("marked " + test.name + ": " + test.rules.peer() + " (" + reason + ")", () -> marked++);
        } else {
            report("not ok " + test.name + ": " + reason, () -> failures.add(test.name + ": " + reason));
            if (options.verbose && fault != null) fault.printStackTrace();
        }
    }

    private synchronized void report(String line, Runnable count) {
        System.out.println(line);
        System.out.flush();
        count.run();
    }

    private static boolean joined(Thread thread, long milliseconds) {
        try {
            thread.join(milliseconds);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    private static String describe(Throwable fault) {
        String text = fault instanceof AssertionError ? fault.getMessage() : fault.toString();
        Throwable cause = fault.getCause();
        if (cause != null && cause != fault) text += " caused by " + cause;
        return text.replace('\n', ' ') + " at " + inSuite(fault.getStackTrace());
    }

    /** The innermost line of a test class in a stack. */
    private static String inSuite(StackTraceElement[] stack) {
        for (StackTraceElement element : stack) {
            if (element.getClassName().endsWith("Tests") || element.getClassName().contains("Tests$")) {
                return element.getFileName() + ":" + element.getLineNumber();
            }
        }
        return stack.length == 0 ? "?" : stack[0].toString();
    }
}
