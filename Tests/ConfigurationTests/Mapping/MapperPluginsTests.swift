import BrokerCore
import Configuration
import Testing

@Suite struct MapperPluginsTests {
    @Test func redeliveryReachesTheCore() throws {
        let file = try FileText(
            broker: """
                <plugins><redeliveryPlugin fallbackToDeadLetter="false" sendToDlqIfMaxRetriesExceeded="false">
                <redeliveryPolicyMap><redeliveryPolicyMap><redeliveryPolicyEntries>
                <redeliveryPolicy queue="A.>" maximumRedeliveries="4" initialRedeliveryDelay="5000" redeliveryDelay="10000"
                 useExponentialBackOff="true" backOffMultiplier="2.5" maximumRedeliveryDelay="60000"
                 useCollisionAvoidance="true" collisionAvoidancePercent="20"/>
                </redeliveryPolicyEntries><defaultEntry><redeliveryPolicy maximumRedeliveries="-1"/></defaultEntry>
                </redeliveryPolicyMap></redeliveryPolicyMap></redeliveryPlugin><statisticsBrokerPlugin/></plugins>
                """
        ).clean()
        let plugin = try #require(file.core.redelivery)
        #expect(!plugin.fallsBackToDeadLetters)
        #expect(!plugin.buriesExhausted)
        #expect(file.core.answersStatistics)
        var policy = RedeliveryPolicy()
        policy.maximumRedeliveries = 4
        policy.initialDelayMs = 5000
        policy.delayMs = 10_000
        policy.isExponential = true
        policy.multiplier = 2.5
        policy.maximumDelayMs = 60_000
        policy.avoidsCollisions = true
        policy.collisionFactor = 0.2
        #expect(plugin.policy(for: .queue("A.b")) == policy)
        #expect(plugin.policy(for: .queue("B"))?.maximumRedeliveries == -1)
    }

    @Test func aPolicyHasADestination() {
        let text = FileText(
            broker: "<plugins><redeliveryPlugin><redeliveryPolicyMap><redeliveryPolicyMap><redeliveryPolicyEntries>"
                + "<redeliveryPolicy/></redeliveryPolicyEntries></redeliveryPolicyMap></redeliveryPolicyMap>"
                + "</redeliveryPlugin></plugins>")
        #expect(text.errors.first?.contains("needs queue=") == true)
    }
}
