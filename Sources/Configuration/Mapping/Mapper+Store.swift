extension Mapper {
    /// Adapters of files in a directory: all become our store in that directory.
    private static let fileAdapters: Set<String> = [
        "kahaDB", "mKahaDB", "levelDB", "amqPersistenceAdapter", "kahaPersistenceAdapter", "journalPersistenceAdapter",
    ]

    /// `persistenceAdapter`, `persistenceFactory`, `dataDirectory` and `persistent`.
    mutating func store(_ broker: inout ConfiguredElement) {
        let data = broker.text("dataDirectory") ?? broker.text("dataDirectoryFile")
        let persistent = broker.text("persistent")
        let adapters = broker.elements("persistenceAdapter")
        let factories = broker.elements("persistenceFactory")
        if let persistent, ValueGrammar.boolean(persistent.text) == false {
            self.diagnostics.warning(
                persistent.position,
                "persistent=\"false\" of <broker> has no effect: persistent messages are stored all the same")
        }
        if let adapter = self.only(adapters, in: "persistenceAdapter") {
            self.adapter(adapter, data)
        } else if let factory = self.only(factories, in: "persistenceFactory") {
            self.factory(factory, data)
        }
        guard let data, self.file.store == nil else {
            self.unusedDataDirectory(data)
            return
        }
        self.place(data.text, data.position, parent: nil)
    }

    private mutating func unusedDataDirectory(_ data: ConfiguredValue?) {
        guard let data, let store = self.file.store else { return }
        // A directory around the store's is no other place.
        guard store.parent == nil, store.directory != data.text else { return }
        self.diagnostics.note(
            data.position,
            "dataDirectory=\"\(data.text)\" is not used: messages, schedules and locks are in \(store.directory)")
    }

    private mutating func place(_ directory: String, _ position: TextPosition, parent: String?) {
        guard !directory.isEmpty else {
            self.diagnostics.error(position, "the directory of the store is empty")
            return
        }
        self.file.store = FileStore(directory: directory, parent: parent, position: position)
        self.effective("data directory", directory, position)
    }

    private mutating func adapter(_ adapter: ConfiguredElement, _ data: ConfiguredValue?) {
        var adapter = adapter
        guard Self.fileAdapters.contains(adapter.name) else {
            self.otherAdapter(adapter)
            return
        }
        let directory = adapter.text("directory")
        let place = directory?.text ?? data?.text ?? BrokerFile.standardDirectory
        let isInside = data.map { place.hasPrefix($0.text.hasSuffix("/") ? $0.text : $0.text + "/") } ?? false
        self.place(place, directory?.position ?? adapter.position, parent: isInside ? data?.text : nil)
        self.diagnostics.note(
            adapter.position,
            "<\(adapter.name)> becomes the SQLite store broker.db in \(place); the files of an ActiveMQ are not read")
        self.locks(&adapter)
        self.tuning(adapter)
    }

    private mutating func otherAdapter(_ adapter: ConfiguredElement) {
        switch adapter.name {
        case "memoryPersistenceAdapter":
            self.diagnostics.warning(
                adapter.position,
                "<memoryPersistenceAdapter> has no effect: persistent messages are stored all the same")
        case "replicatedLevelDB":
            self.diagnostics.error(
                adapter.position,
                "<replicatedLevelDB>: stores are not replicated; master and standby share one directory: write "
                    + "<kahaDB directory=\"...\"/> with a directory that all their hosts mount")
        default:
            self.diagnostics.error(
                adapter.position,
                "<\(adapter.name)>: messages are kept in SQLite in a shared directory, not in a database server: write "
                    + "<kahaDB directory=\"...\"/> with a directory that all brokers mount")
        }
    }

    private mutating func factory(_ factory: ConfiguredElement, _ data: ConfiguredValue?) {
        var factory = factory
        let own = factory.text("dataDirectory") ?? factory.text("dataDirectoryFile")
        if factory.attributes["dataSource"] != nil || factory.parts["dataSource"] != nil {
            self.otherAdapter(factory)
            return
        }
        let place = own?.text ?? data?.text ?? BrokerFile.standardDirectory
        self.place(place, own?.position ?? factory.position, parent: nil)
        self.diagnostics.note(
            factory.position,
            "<\(factory.name)> becomes the SQLite store broker.db in \(place); the files of an ActiveMQ are not read")
        self.locks(&factory)
        self.tuning(factory)
    }

    // MARK: Locks

    private mutating func locks(_ adapter: inout ConfiguredElement) {
        if let value = adapter.text("lockKeepAlivePeriod"), let period = ValueGrammar.long(value.text) {
            self.lockKeepAlive(period, value.position)
        }
        for name in ["useLock", "useDatabaseLock"] {
            if let value = adapter.text(name), ValueGrammar.boolean(value.text) == false {
                self.diagnostics.warning(
                    value.position,
                    "\(name)=\"\(value.text)\" has no effect: a directory without lock has no one master")
            }
        }
        if let value = adapter.text("disableLocking"), ValueGrammar.boolean(value.text) == true {
            self.diagnostics.warning(
                value.position, "disableLocking=\"true\" has no effect: a directory without lock has no one master")
        }
        guard let locker = self.only(adapter.elements("locker"), in: "locker") else { return }
        self.locker(locker)
    }

    private mutating func lockKeepAlive(_ period: Int64, _ position: TextPosition) {
        guard period >= 0 else {
            self.diagnostics.error(position, "lockKeepAlivePeriod: \(period) is out of range; it can be at least 0")
            return
        }
        // 0 switches the proof off in ActiveMQ. Here it never is.
        guard period > 0 else { return }
        self.file.lockKeepAliveMs = period
        self.effective("lockKeepAlivePeriod", "\(period) ms at most", position)
    }

    private mutating func locker(_ locker: ConfiguredElement) {
        var locker = locker
        if let value = locker.text("failIfLocked"), ValueGrammar.boolean(value.text) == true {
            self.diagnostics.warning(
                value.position,
                "failIfLocked=\"true\" of <\(locker.name)> has no effect: a broker that is refused the lock stands by")
        }
        // Standbys try more often than anybody would set.
        locker.drop(["lockAcquireSleepInterval", "name", "lockable", "failIfLocked"])
        if let directory = locker.text("directory") {
            self.diagnostics.warning(
                directory.position,
                "directory=\"\(directory.text)\" of <\(locker.name)> has no effect: locks are in the store's directory")
        }
        guard locker.name != "shared-file-locker" else { return }
        self.diagnostics.warning(
            locker.position,
            "<\(locker.name)> is not needed: a lease in lease.db is kept besides two file locks in any case; its "
                + "settings have no effect")
    }

    /// Everything else about an adapter concerns its own way to keep files: one word for all of it.
    private mutating func tuning(_ adapter: ConfiguredElement) {
        var adapter = adapter
        adapter.drop(["brokerName", "brokerService", "usageManager", "scheduledThreadPoolExecutor", "useLock"])
        // Already so: every commit is synced, as with these values.
        for name in ["enableJournalDiskSyncs", "syncOnWrite", "checksumJournalFiles", "sync"]
        where adapter.attributes[name].flatMap({ ValueGrammar.boolean($0.text) }) == true {
            adapter.drop([name])
        }
        let names = Set(adapter.attributes.keys).union(adapter.parts.filter { !$0.value.elements.isEmpty }.keys)
            .sorted()
        guard !names.isEmpty else { return }
        let isOne = names.count == 1
        self.diagnostics.warning(
            adapter.position,
            "\(names.joined(separator: ", ")) of <\(adapter.name)> \(isOne ? "has" : "have") no effect: the store is SQLite, "
                + "and every commit is on disk before it is confirmed")
    }
}
