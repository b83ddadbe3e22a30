import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks a method `void name(Rig)` or, with variants, `void name(Rig, String variant)` as one or more tests. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Case {
    /** Seconds until the test counts as hung. */
    int limit() default 30;

    /** One test per value; the value is in the test's name. */
    String[] variants() default {};

    /** Mostly waits: started before the others, so that the run does not wait for it at its end. */
    boolean slow() default false;

    /** Disturbs others (restarts the broker, needs the machine): run after all others, one at a time. */
    boolean alone() default false;

    /** Needs the --control hook. */
    boolean control() default false;

    /** Needs the --operator hook. */
    boolean operator() default false;

    /** Needs config/take-over.xml. */
    boolean configured() default false;

    /** Why ActiveMQ 5.17.2 itself answers otherwise; with --peer such a failure is reported, not counted. */
    String peer() default "";

    /** Why the ActiveMQ client answers otherwise, whatever the broker; such a case must fail, and is not counted. */
    String client() default "";

    /** Section of the JMS 1.1 specification whose statement this test is about. */
    String jms() default "";

    /** What the section says, in our words; {} stands for the variant. */
    String states() default "";
}
