import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.XASession;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQXAConnection;

/** Distributed transactions (openwire.md 15.2). */
final class XATests {
    private static final AtomicInteger IDS = new AtomicInteger();

    private XATests() {}

    static final class Id implements Xid {
        private final byte[] global;
        private final byte[] branch;

        Id(Rig rig, String branch) {
            this.global = (rig.name("") + IDS.incrementAndGet()).getBytes(StandardCharsets.UTF_8);
            this.branch = branch.getBytes(StandardCharsets.UTF_8);
            if (global.length > 64) System.arraycopy(global, global.length - 64, global, 0, 64);
        }

        @Override
        public int getFormatId() {
            return 4711;
        }

        @Override
        public byte[] getGlobalTransactionId() {
            return Arrays.copyOf(global, Math.min(64, global.length));
        }

        @Override
        public byte[] getBranchQualifier() {
            return branch.clone();
        }

        /** As operators write it. */
        String text() {
            return "XID:[4711,globalId=" + hex(getGlobalTransactionId()) + ",branchId=" + hex(branch) + "]";
        }

        private static String hex(byte[] bytes) {
            StringBuilder text = new StringBuilder();
            for (byte each : bytes) text.append(String.format("%02x", each));
            return text.toString();
        }

        boolean same(Xid other) {
            return other.getFormatId() == getFormatId()
                && Arrays.equals(other.getGlobalTransactionId(), getGlobalTransactionId())
                && Arrays.equals(other.getBranchQualifier(), branch);
        }
    }

    private static boolean recovers(XAResource resource, Id id) throws XAException {
        Xid[] found = resource.recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN);
        return found != null && Arrays.stream(found).anyMatch(id::same);
    }

    private static XAResource resource(Rig rig) throws Exception {
        return rig.connectXA().createXASession().getXAResource();
    }

    /** Sends m0 and takes one message from `in` in a transaction that is ended but not yet prepared. */
    private static Id work(Rig rig, XASession session) throws Exception {
        Id id = new Id(rig, "b");
        session.getXAResource().start(id, XAResource.TMNOFLAGS);
        rig.takeNumber(session.createConsumer(rig.queue("in")), 0);
        session.createProducer(rig.queue("out")).send(rig.numbered(session, 0));
        session.getXAResource().end(id, XAResource.TMSUCCESS);
        return id;
    }

    private static void depths(Rig rig, int in, int out, String when) throws Exception {
        rig.equal(in, rig.depth(rig.queue("in")), "depth of in " + when);
        rig.equal(out, rig.depth(rig.queue("out")), "depth of out " + when);
    }

    @Case
    static void twoPhaseCommit(Rig rig) throws Exception {
        rig.fill(rig.queue("in"), 0, 1);
        XASession session = rig.connectXA().createXASession();
        Id id = work(rig, session);
        rig.equal(XAResource.XA_OK, session.getXAResource().prepare(id), "vote");
        rig.equal(0, rig.depth(rig.queue("out")), "nothing sent before the commit");
        session.getXAResource().commit(id, false);
        depths(rig, 0, 1, "after commit");
    }

    @Case
    static void onePhaseCommit(Rig rig) throws Exception {
        rig.fill(rig.queue("in"), 0, 1);
        XASession session = rig.connectXA().createXASession();
        session.getXAResource().commit(work(rig, session), true);
        depths(rig, 0, 1, "after commit");
    }

    @Case(variants = {"unprepared", "prepared"})
    static void rollback(Rig rig, String state) throws Exception {
        rig.fill(rig.queue("in"), 0, 1);
        ActiveMQXAConnection connection = rig.connectXA();
        XASession session = connection.createXASession();
        Id id = work(rig, session);
        if (state.equals("prepared")) rig.equal(XAResource.XA_OK, session.getXAResource().prepare(id), "vote");
        session.getXAResource().rollback(id);
        connection.close();
        rig.takeNumber(Rig.auto(rig.connect()).createConsumer(rig.queue("in")), 0);
        rig.equal(0, rig.depth(rig.queue("out")), "depth of out");
    }

    @Case
    static void readOnlyVote(Rig rig) throws Exception {
        XASession session = rig.connectXA().createXASession();
        Id id = new Id(rig, "b");
        XAResource resource = session.getXAResource();
        resource.start(id, XAResource.TMNOFLAGS);
        resource.end(id, XAResource.TMSUCCESS);
        rig.equal(XAResource.XA_RDONLY, resource.prepare(id), "vote");
        rig.check(!recovers(resource(rig), id), "a read-only transaction is over");
    }

    @Case(variants = {"commit", "rollback"})
    static void preparedIsCompletedByAnotherConnection(Rig rig, String verdict) throws Exception {
        rig.fill(rig.queue("in"), 0, 1);
        ActiveMQXAConnection connection = rig.connectXA();
        XASession session = connection.createXASession();
        Id id = work(rig, session);
        rig.equal(XAResource.XA_OK, session.getXAResource().prepare(id), "vote");
        connection.close();
        XAResource other = resource(rig);
        rig.check(recovers(other, id), "recovered");
        rig.check(recovers(other, id), "recovered again");
        rig.none(Rig.auto(rig.connect()).createConsumer(rig.queue("out")));
        if (verdict.equals("commit")) other.commit(id, false);
        else other.rollback(id);
        rig.check(!recovers(other, id), "no longer in doubt");
        boolean committed = verdict.equals("commit");
        rig.awaitDepth(rig.queue("out"), committed ? 1 : 0);
        rig.awaitDepth(rig.queue("in"), committed ? 0 : 1);
        if (!committed) rig.takeNumber(Rig.auto(rig.connect()).createConsumer(rig.queue("in")), 0);
    }

    /** What `lockkeeper transactions list` says of a branch; empty where it names none such. */
    static String listed(Rig rig, Id id) throws Exception {
        Rig.Ended list = rig.operate("transactions list");
        rig.equal(0, list.status, "status of list: " + list.output);
        return list.output.lines().filter(line -> line.endsWith(id.text())).findFirst().orElse("");
    }

    /** Ends a branch in its coordinator's place. */
    static void decide(Rig rig, Id id, String verdict) throws Exception {
        Rig.Ended ended = rig.operate("transactions " + verdict + " '" + id.text() + "'");
        rig.equal(0, ended.status, "status of " + verdict + ": " + ended.output);
    }

    /** An operator ends a prepared branch; its coordinator, present or new, is told that there is none. */
    @Case(operator = true, variants = {"commit", "rollback"})
    static void decidedByAnOperator(Rig rig, String verdict) throws Exception {
        rig.fill(rig.queue("in"), 0, 1);
        ActiveMQXAConnection connection = rig.connectXA();
        XASession session = connection.createXASession();
        Id id = work(rig, session);
        rig.equal("", listed(rig, id), "listed before prepare");
        rig.equal(XAResource.XA_OK, session.getXAResource().prepare(id), "vote");
        String line = listed(rig, id).trim();
        rig.check(line.matches("1 +1 +0 +[0-9]+ ms +XID:.*"), "one message, one acknowledgement, an age: " + line);
        decide(rig, id, verdict);
        rig.equal("", listed(rig, id), "listed afterwards");
        for (XAResource resource : new XAResource[] {session.getXAResource(), resource(rig)}) {
            rig.check(!recovers(resource, id), "no longer in doubt");
            XAException error = rig.fails(XAException.class, () -> resource.commit(id, false));
            rig.equal(XAException.XAER_NOTA, error.errorCode, "XA error code of commit");
            error = rig.fails(XAException.class, () -> resource.rollback(id));
            rig.equal(XAException.XAER_NOTA, error.errorCode, "XA error code of rollback");
        }
        rig.equal(65, rig.operate("transactions " + verdict + " '" + id.text() + "'").status, "status for no such one");
        connection.close();
        boolean committed = verdict.equals("commit");
        rig.awaitDepth(rig.queue("out"), committed ? 1 : 0);
        rig.awaitDepth(rig.queue("in"), committed ? 0 : 1);
        if (committed) rig.takeNumber(Rig.auto(rig.connect()).createConsumer(rig.queue("out")), 0);
        else rig.takeNumber(Rig.auto(rig.connect()).createConsumer(rig.queue("in")), 0);
    }

    @Case
    static void preparedSurvivesACutConnection(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQXAConnection connection = (ActiveMQXAConnection) rig.closing((ActiveMQConnection)
            new org.apache.activemq.ActiveMQXAConnectionFactory(proxy.url()).createXAConnection());
        XASession session = connection.createXASession();
        Id id = new Id(rig, "b");
        session.getXAResource().start(id, XAResource.TMNOFLAGS);
        session.createProducer(rig.queue("out")).send(rig.numbered(session, 0));
        session.getXAResource().end(id, XAResource.TMSUCCESS);
        rig.equal(XAResource.XA_OK, session.getXAResource().prepare(id), "vote");
        proxy.cut();
        XAResource other = resource(rig);
        rig.check(recovers(other, id), "recovered");
        other.commit(id, false);
        rig.awaitDepth(rig.queue("out"), 1);
    }

    @Case(variants = {"commit", "commitOnePhase", "rollback"})
    static void unknownXid(Rig rig, String call) throws Exception {
        XAResource resource = resource(rig);
        Id id = new Id(rig, "nobody");
        XAException error = rig.fails(XAException.class, () -> {
            if (call.equals("commit")) resource.commit(id, false);
            else if (call.equals("commitOnePhase")) resource.commit(id, true);
            else resource.rollback(id);
        });
        rig.equal(XAException.XAER_NOTA, error.errorCode, "XA error code");
    }

    /** ActiveMQ answers with an IllegalStateException, which the client reports as XAER_RMFAIL: also a clear no. */
    @Case
    static void prepareUnknownXid(Rig rig) throws Exception {
        XAResource resource = resource(rig);
        XAException error = rig.fails(XAException.class, () -> resource.prepare(new Id(rig, "nobody")));
        rig.check(error.errorCode == XAException.XAER_NOTA || error.errorCode == XAException.XAER_RMFAIL,
            "XA error code " + error.errorCode);
    }

    @Case
    static void forget(Rig rig) throws Exception {
        XAResource resource = resource(rig);
        XAException error = rig.fails(XAException.class, () -> resource.forget(new Id(rig, "nobody")));
        rig.equal(XAException.XAER_NOTA, error.errorCode, "XA error code");
    }

    @Case
    static void suspendAndResume(Rig rig) throws Exception {
        XASession session = rig.connectXA().createXASession();
        XAResource resource = session.getXAResource();
        MessageProducer producer = session.createProducer(rig.queue("out"));
        Id id = new Id(rig, "b");
        resource.start(id, XAResource.TMNOFLAGS);
        producer.send(rig.numbered(session, 0));
        resource.end(id, XAResource.TMSUSPEND);
        resource.start(id, XAResource.TMRESUME);
        producer.send(rig.numbered(session, 1));
        resource.end(id, XAResource.TMSUCCESS);
        rig.equal(XAResource.XA_OK, resource.prepare(id), "vote");
        resource.commit(id, false);
        rig.equal(2, rig.depth(rig.queue("out")), "depth");
    }

    @Case
    static void twoBranchesOfOneConnection(Rig rig) throws Exception {
        ActiveMQXAConnection connection = rig.connectXA();
        XASession first = connection.createXASession();
        XASession second = connection.createXASession();
        Id one = new Id(rig, "1");
        Id two = new Id(rig, "2");
        first.getXAResource().start(one, XAResource.TMNOFLAGS);
        second.getXAResource().start(two, XAResource.TMNOFLAGS);
        first.createProducer(rig.queue("out")).send(rig.numbered(first, 1));
        second.createProducer(rig.queue("out")).send(rig.numbered(second, 2));
        first.getXAResource().end(one, XAResource.TMSUCCESS);
        second.getXAResource().end(two, XAResource.TMFAIL);
        second.getXAResource().rollback(two);
        rig.equal(XAResource.XA_OK, first.getXAResource().prepare(one), "vote");
        first.getXAResource().commit(one, false);
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("out"));
        rig.takeNumber(consumer, 1);
        rig.none(consumer);
    }

    @Case
    static void manyTransactionsInSequence(Rig rig) throws Exception {
        rig.fill(rig.queue("in"), 0, 30);
        XASession session = rig.connectXA("jms.prefetchPolicy.all=5").createXASession();
        XAResource resource = session.getXAResource();
        MessageConsumer consumer = session.createConsumer(rig.queue("in"));
        MessageProducer producer = session.createProducer(rig.queue("out"));
        for (int n = 0; n < 30; n++) {
            Id id = new Id(rig, "b");
            resource.start(id, XAResource.TMNOFLAGS);
            rig.takeNumber(consumer, n);
            producer.send(rig.numbered(session, n));
            resource.end(id, XAResource.TMSUCCESS);
            rig.equal(XAResource.XA_OK, resource.prepare(id), "vote");
            resource.commit(id, false);
        }
        depths(rig, 0, 30, "at the end");
    }

    /** Resource managers are compared by the broker's id, which both connections must get. */
    @Case
    static void sameResourceManager(Rig rig) throws Exception {
        ActiveMQXAConnection first = rig.connectXA();
        ActiveMQXAConnection second = rig.connectXA();
        rig.check(first.createXASession().getXAResource().isSameRM(second.createXASession().getXAResource()), "same");
        rig.equal(first.getResourceManagerId(), second.getResourceManagerId(), "resource manager id");
    }
}
