# Class paths of the Java test bed: Debian's libactivemq-java and what it needs. Sourced by the bash scripts;
# `bash classpath.sh client|broker|bench` prints one value for the others.
# JAVA_JARS: directory of the jars. LOCKKEEPER_BENCH: directory with OpenWireBench.java and AmqPeer.java.

JAVA_JARS=${JAVA_JARS:-/usr/share/java}
INTEROP_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO_ROOT=$(cd "$INTEROP_DIR/../.." && pwd)

# Joins those of the named jars that exist.
jars() {
    local joined='' name
    for name in "$@"; do
        [ -e "$JAVA_JARS/$name.jar" ] && joined=$joined:$JAVA_JARS/$name.jar
    done
    printf '%s\n' "${joined#:}"
}

# What a JMS client needs; activemq-openwire-legacy holds the marshallers of protocol versions 2 to 8.
client_class_path() {
    jars activemq-client activemq-openwire-legacy geronimo-jms_1.1_spec geronimo-j2ee-management-1.1-spec \
        geronimo-jta-1.2-spec hawtbuf slf4j-api slf4j-nop
}

# What an embedded ActiveMQ broker needs.
broker_class_path() {
    jars activemq-broker activemq-client activemq-kahadb-store activemq-jdbc-store activemq-openwire-legacy \
        activemq-stomp activemq-protobuf activeio-core geronimo-jms_1.1_spec geronimo-j2ee-management-1.1-spec \
        geronimo-jta-1.2-spec hawtbuf slf4j-api slf4j-nop jcl-over-slf4j commons-dbcp commons-pool commons-net \
        derby derbytools
}

# The same with what its configuration files need.
spring_class_path() {
    printf '%s\n' "$(broker_class_path):$(jars activemq-spring xbean-spring xbean-reflect spring3-aop spring3-beans \
        spring3-context spring3-core spring3-expression commons-logging)"
}

# The bench client and the comparison broker live beside the repository (or one level up, in a linked worktree).
bench_directory() {
    local candidate
    for candidate in "${LOCKKEEPER_BENCH:-}" "$REPO_ROOT/../shared/bench" "$REPO_ROOT/../../shared/bench"; do
        if [ -n "$candidate" ] && [ -e "$candidate/OpenWireBench.java" ]; then
            (cd "$candidate" && pwd)
            return 0
        fi
    done
    echo "no OpenWireBench.java in ../shared/bench; set LOCKKEEPER_BENCH" >&2
    return 1
}

# Says what is missing and how to get it.
require_java() {
    local tool
    for tool in java javac; do
        command -v "$tool" >/dev/null || { echo "$tool not found: apt install openjdk-17-jdk-headless" >&2; return 1; }
    done
    [ -e "$JAVA_JARS/activemq-client.jar" ] && return 0
    echo "no $JAVA_JARS/activemq-client.jar: apt install libactivemq-java libgeronimo-jms-1.1-spec-java libslf4j-java" >&2
    return 1
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -eu
    case ${1:-} in
        client) require_java && client_class_path ;;
        broker) require_java && broker_class_path ;;
        bench) bench_directory ;;
        *) echo "usage: classpath.sh client|broker|bench" >&2; exit 64 ;;
    esac
fi
