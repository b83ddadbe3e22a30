import Testing

@testable import STOMP

struct STOMPVersionTests {
    @Test(
        arguments: [
            (nil, .v10), ("1.0", .v10), ("1.1", .v11), ("1.2", .v12), ("1.0,1.1", .v11), ("1.2,1.1,1.0", .v12),
            (" 1.1 , 1.0 ", .v11), ("1.1,2.0", .v11), ("2.0", nil), ("", nil), ("1", nil), ("1.10", nil),
        ] as [(String?, STOMPVersion?)])
    func theNewestInCommonIsPicked(_ header: String?, _ version: STOMPVersion?) {
        #expect(STOMPVersion.negotiated(header) == version)
    }
}
