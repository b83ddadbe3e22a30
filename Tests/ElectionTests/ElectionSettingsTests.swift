import Testing

@testable import Election

@Suite struct ElectionSettingsTests {
    @Test func theStandardTimesAreValid() throws {
        let settings = try ElectionSettings()
        #expect(settings.times.takeOver == .seconds(12))
        #expect(settings.exitStatus == 75)
    }

    private static func times(_ beat: Int, _ warn: Int, _ stepDown: Int, _ exit: Int, _ takeOver: Int) -> ElectionTimes
    {
        ElectionTimes(
            beat: .milliseconds(beat), warn: .milliseconds(warn), stepDown: .milliseconds(stepDown),
            exit: .milliseconds(exit), takeOver: .milliseconds(takeOver))
    }

    @Test(arguments: [
        times(700, 2000, 5000, 8000, 12000),  // 3 beats reach the warning
        times(500, 5000, 5000, 8000, 12000),
        times(500, 2000, 8000, 8000, 12000),
        times(500, 2000, 5000, 12000, 12000),
        times(500, 2000, 5000, 8000, 8100),  // ordered, but not with 1 % of drift on either side
        times(500, 2000, 5000, 5040, 12000),
    ])
    func timesOutOfOrderAreRefusedWithTheirNumbers(times: ElectionTimes) throws {
        let error = #expect(throws: ElectionSettingsError.self) { try ElectionSettings(times: times) }
        #expect(error == .notOrdered(times))
        #expect(error?.description.contains("warn (\(times.warn.wholeMilliseconds) ms)") == true)
        #expect(error?.description.contains("3 x beat (\(3 * times.beat.wholeMilliseconds) ms)") == true)
    }

    @Test func driftLeavesRoomForABitMore() throws {
        _ = try ElectionSettings(times: Self.times(500, 2000, 5000, 8000, 8170))
    }

    @Test func absurdTimesAreRefusedBeforeAnyArithmetic() {
        var times = ElectionTimes.standard
        times.warn = .seconds(Int64.max)
        #expect(throws: ElectionSettingsError.tooLong(times.warn)) { try ElectionSettings(times: times) }
        times = .standard
        times.beat = .zero
        #expect(throws: ElectionSettingsError.beatTooShort(.zero)) { try ElectionSettings(times: times) }
        #expect(throws: ElectionSettingsError.servingLimitTooShort(.zero, beat: .milliseconds(500))) {
            try ElectionSettings(servingLimit: .zero)
        }
    }
}
