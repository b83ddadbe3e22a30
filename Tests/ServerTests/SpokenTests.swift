import Testing

@testable import Server

@Suite struct SpokenTests {
    @Test(arguments: [
        (Int64(0), "0 ms"), (350, "350 ms"), (9999, "9999 ms"), (10_000, "10.0 s"), (59_999, "59.9 s"),
        (60_000, "1 min 0 s"), (320_000, "5 min 20 s"), (3_600_000, "1 h 0 min"), (11_520_000, "3 h 12 min"),
        (86_400_000, "1 d 0 h"), (353_000_000, "4 d 2 h"), (-500, "-500 ms"), (-61_000, "-1 min 1 s"),
    ])
    func aLengthHasTwoFiguresAtMost(milliseconds: Int64, text: String) {
        #expect(Spoken.length(.milliseconds(milliseconds)) == text)
    }

    @Test func aTimeHasMilliseconds() {
        #expect(Spoken.time(1_795_364_852_023) == "2026-11-22 16:27:32.023")
        #expect(Spoken.time(nil) == nil)
    }
}
