import BrokerCore
import SQLiteStore
import TestSupport
import Testing

@Suite struct SQLiteStoreTests {
    @Test(arguments: MessageStoreConformance.cases) func conforms(_ conformance: MessageStoreConformance) async throws {
        try await conformance.check(SQLitePlace())
    }
}
