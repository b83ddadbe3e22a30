/// What the kernel says of a file system outside its mount options. Nil is "not said", never "off".
struct KernelSettings: Hashable, Sendable {
    /// Whether an NFSv4 client takes lost locks again by itself (`nfs.recover_lost_locks`), which removes the fence.
    var recoversLostLocks: Bool?
    /// GFS2's lock module: the mount options show it only where it was given by hand.
    var gfs2LockProtocol: String?

    static let unknown = KernelSettings()

    /// Reads what matters to that kind of file system.
    static func read(for kind: FileSystemVerdict.Kind, device: String) -> KernelSettings {
        var settings = KernelSettings.unknown
        switch kind {
        case .nfs4:
            switch Self.line("/sys/module/nfs/parameters/recover_lost_locks") {
            case "Y", "1": settings.recoversLostLocks = true
            case "N", "0": settings.recoversLostLocks = false
            default: break
            }
        case .gfs2: settings.gfs2LockProtocol = Self.lockProtocol(ofDevice: device, in: "/sys/fs/gfs2")
        default: break
        }
        return settings
    }

    /// GFS2 keeps a folder for each of its file systems, with the device number in `id`.
    static func lockProtocol(ofDevice device: String, in folder: String) -> String? {
        do throws(SystemFailure) {
            for name in try FileNames.list(folder) where Self.line("\(folder)/\(name)/id") == device {
                return Self.line("\(folder)/\(name)/lock_module/proto_name")
            }
        } catch {
            return nil
        }
        return nil
    }

    /// The first line of a file under /sys; nil where it cannot be read, as in many containers.
    private static func line(_ path: String) -> String? {
        do throws(SystemFailure) {
            return String(try FileNames.contents(of: path, upTo: 4096).prefix { !$0.isNewline })
        } catch {
            return nil
        }
    }
}
