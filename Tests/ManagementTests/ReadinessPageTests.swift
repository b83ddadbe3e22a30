import Election
import Management
import Testing

@Suite struct ReadinessPageTests {
    @Test func aServingMasterIsReady() {
        var figures = Fixture.figures(.master)
        figures.isServing = true
        figures.leaseAge = .milliseconds(12)
        figures.hasMaster = true
        let reply = ReadinessPage.reply(figures)
        #expect(reply.status == .ok)
        #expect(
            reply.body == """
                {"ready":true,"broker":"a","role":"master","holder":"a","host":"host-a","pid":4711,"epoch":7,\
                "lease_age_ms":12,"has_master":true}

                """)
    }

    @Test(arguments: ElectionSnapshot.Role.allCases)
    func whoDoesNotServeIsNotReadyWhateverItsRole(role: ElectionSnapshot.Role) {
        let reply = ReadinessPage.reply(Fixture.figures(role, holder: "b"))
        #expect(reply.status == .unavailable)
        #expect(reply.body.contains("\"role\":\"\(role.rawValue)\",\"holder\":\"b\",\"host\":\"host-b\""))
    }

    @Test(arguments: [LeaseRow.Phase.released, .steppedDown])
    func aLeaseThatWasGivenBackHasNoHolder(phase: LeaseRow.Phase) {
        let reply = ReadinessPage.reply(Fixture.figures(.standby, phase, holder: "b"))
        #expect(reply.body.contains("\"holder\":null,\"host\":null,\"pid\":null,\"epoch\":null"))
    }
}
