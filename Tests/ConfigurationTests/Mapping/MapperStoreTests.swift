import Configuration
import Testing

@Suite struct MapperStoreTests {
    private func read(_ adapter: String, _ attributes: String = "") -> FileText {
        FileText(broker: "<persistenceAdapter>\(adapter)</persistenceAdapter>", attributes: attributes)
    }

    @Test(
        arguments: [
            ("<kahaDB directory='/d'/>", "", "/d", nil), ("<kahaDB directory='a/b'/>", "", "a/b", nil),
            ("<kahaDB/>", "", "activemq-data", nil), ("<kahaDB/>", "dataDirectory='/x'", "/x", nil),
            ("<kahaDB directory='/x/kahadb'/>", "dataDirectory='/x'", "/x/kahadb", "/x"),
            ("<kahaDB directory='/x/kahadb'/>", "dataDirectory='/x/'", "/x/kahadb", "/x/"),
            ("<kahaDB directory='/xy'/>", "dataDirectory='/x'", "/xy", nil),
            ("<mKahaDB directory='/d'/>", "", "/d", nil),
            ("<kahaPersistenceAdapter directory='/d'/>", "", "/d", nil),
            ("<kahaDB><directory>/e</directory></kahaDB>", "", "/e", nil),
        ] as [(String, String, String, String?)])
    func theDirectoryOfTheAdapterIsOurs(adapter: String, broker: String, directory: String, parent: String?) throws {
        let text = self.read(adapter, broker)
        let file = try text.clean()
        #expect(file.store?.directory == directory)
        #expect(file.store?.parent == parent)
        #expect(text.notes.contains { $0.contains("becomes the SQLite store") })
    }

    @Test func withoutAdapterTheDataDirectoryIsOurs() throws {
        #expect(try FileText(broker: "", attributes: "dataDirectory='/x'").clean().store?.directory == "/x")
        let factory = "<persistenceFactory><journalPersistenceAdapterFactory dataDirectory='/j'/></persistenceFactory>"
        #expect(try FileText(broker: factory).clean().store?.directory == "/j")
    }

    @Test(arguments: [
        ("<jdbcPersistenceAdapter dataSource='#ds'/>", "not in a database server"),
        ("<replicatedLevelDB directory='d' zkAddress='z'/>", "share one directory"),
        ("<kahaDB directory=''/>", "is empty"),
        ("<kahaDB lockKeepAlivePeriod='-5'/>", "at least 0"),
    ])
    func whatWouldKeepMessagesElsewhereIsRefused(adapter: String, words: String) {
        let text = self.read(adapter)
        #expect(text.errors.count == 1, "\(text.errors)")
        #expect(text.errors.first?.contains(words) == true, "\(text.errors)")
    }

    @Test(arguments: [
        (
            "<kahaDB enableJournalDiskSyncs='false' indexCacheSize='10000'/>",
            "enableJournalDiskSyncs, indexCacheSize of <kahaDB> have"
        ),
        ("<kahaDB journalMaxFileLength='32mb'/>", "journalMaxFileLength of <kahaDB> has no effect"),
        ("<memoryPersistenceAdapter/>", "stored all the same"), ("<kahaDB useLock='false'/>", "no one master"),
        ("<kahaDB><locker><shared-file-locker failIfLocked='true'/></locker></kahaDB>", "stands by"),
        ("<kahaDB><locker><shared-file-locker directory='/l'/></locker></kahaDB>", "in the store's directory"),
        ("<kahaDB><locker><lease-database-locker leaseHolderId='a'/></locker></kahaDB>", "a lease in lease.db"),
        (
            "<mKahaDB><filteredPersistenceAdapters><filteredKahaDB perDestination='true'/></filteredPersistenceAdapters></mKahaDB>",
            "filteredPersistenceAdapters of <mKahaDB>"
        ),
    ])
    func whatConcernsTheFilesOfActiveMQHasNoEffect(adapter: String, words: String) {
        let text = self.read(adapter)
        #expect(text.errors == [])
        #expect(text.warnings.count == 1, "\(text.warnings)")
        #expect(text.warnings.first?.contains(words) == true, "\(text.warnings)")
    }

    @Test func locksKeepTheirPace() throws {
        let adapter = """
            <kahaDB lockKeepAlivePeriod="200" enableJournalDiskSyncs="true">
            <locker><shared-file-locker lockAcquireSleepInterval="5000" failIfLocked="false"/></locker></kahaDB>
            """
        #expect(try self.read(adapter).clean().lockKeepAliveMs == 200)
        #expect(try self.read("<kahaDB lockKeepAlivePeriod='0'/>").clean().lockKeepAliveMs == nil)
    }
}
