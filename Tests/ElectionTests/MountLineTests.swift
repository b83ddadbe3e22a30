import Glibc
import TestSupport
import Testing

@testable import Election

/// Lines of /proc/self/mountinfo as kernels write them, with the statfs number that goes with each.
@Suite struct MountLineTests {
    private struct Row: Sendable {
        let magic: UInt64
        let line: String
        let kind: FileSystemVerdict.Kind
        let version: String?
        let mode: String
        let level: String
        /// Options refused, then options warned of.
        var refused: [String] = []
        var warned: [String] = []
    }

    private static let rows: [Row] = [
        Row(
            magic: 0xEF53,
            line: "27 1 254:0 / /srv rw,relatime - ext4 /dev/vda rw,discard,resv_strict,resuid=65534,resgid=65534",
            kind: .ext4, version: nil, mode: "WAL NORMAL", level: "L1"),
        Row(
            magic: 0x58465342,
            line: "95 27 8:17 / /srv rw,relatime shared:51 - xfs /dev/sdb1 "
                + "rw,attr2,inode64,logbufs=8,logbsize=32k,noquota",
            kind: .xfs, version: nil, mode: "WAL NORMAL", level: "L1"),
        Row(
            magic: 0x9123683E,
            line: "61 27 0:36 /@srv /srv rw,noatime shared:29 - btrfs /dev/sdc "
                + "rw,ssd,space_cache=v2,subvolid=257,subvol=/@srv",
            kind: .btrfs, version: nil, mode: "WAL NORMAL", level: "L1"),
        Row(
            magic: 0x01021994, line: "30 25 0:27 / /srv rw,relatime - tmpfs tmpfs rw,size=24684084k", kind: .tmpfs,
            version: nil, mode: "WAL NORMAL", level: "L1", warned: ["tmpfs"]),
        Row(
            magic: 0x794C7630,
            line: "810 640 0:73 / /srv rw,relatime master:301 - overlay overlay "
                + "rw,lowerdir=/var/lib/l/A:/var/lib/l/B,upperdir=/var/lib/o/diff,workdir=/var/lib/o/work",
            kind: .overlay, version: nil, mode: "WAL NORMAL", level: "L1", warned: ["overlay"]),
        Row(
            magic: 0x65735546,
            line: "129 27 0:70 / /srv rw,nosuid,nodev,relatime shared:80 - fuse /tmp/lab/backing "
                + "rw,user_id=0,group_id=0,default_permissions,allow_other",
            kind: .fuse, version: nil, mode: "WAL EXCLUSIVE", level: "L1"),
        Row(
            magic: 0x65735546,
            line: "131 27 0:71 / /srv rw,nosuid,nodev,relatime shared:81 - fuse.sshfs ann@host:/srv/my\\040data "
                + "rw,user_id=1000,group_id=1000",
            kind: .fuse, version: nil, mode: "WAL EXCLUSIVE", level: "L1"),
        Row(
            magic: 0x65735546,
            line: "140 27 0:75 / /srv rw,relatime shared:90 - fuse.glusterfs g1:/vol "
                + "rw,user_id=0,group_id=0,default_permissions,allow_other,max_read=131072",
            kind: .fuse, version: nil, mode: "WAL EXCLUSIVE", level: "L1"),
        Row(
            magic: 0x6969,
            line: "52 27 0:43 / /srv rw,relatime shared:31 - nfs 10.77.0.1:/export rw,vers=3,rsize=131072,wsize=131072,"
                + "namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys,mountaddr=10.77.0.1,mountvers=3,mountport=20048,"
                + "mountproto=udp,local_lock=none,addr=10.77.0.1",
            kind: .nfs3, version: "3", mode: "WAL EXCLUSIVE", level: "L1"),
        Row(
            magic: 0x6969,
            line: "52 27 0:43 / /srv rw,relatime shared:31 - nfs 10.77.0.1:/export rw,vers=3,rsize=131072,wsize=131072,"
                + "namlen=255,soft,nolock,proto=tcp,timeo=600,retrans=2,sec=sys,mountaddr=10.77.0.1,mountvers=3,"
                + "mountport=20048,mountproto=udp,local_lock=all,addr=10.77.0.1",
            kind: .nfs3, version: "3", mode: "WAL EXCLUSIVE", level: "L0", refused: ["nolock"], warned: ["soft"]),
        Row(
            magic: 0x6969,
            line:
                "52 27 0:43 / /srv rw,relatime shared:31 - nfs4 10.77.0.1:/export rw,vers=4.2,rsize=131072,wsize=131072,"
                + "namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=10.77.0.2,local_lock=none,"
                + "addr=10.77.0.1",
            kind: .nfs4, version: "4.2", mode: "TRUNCATE EXCLUSIVE", level: "L3"),
        Row(
            magic: 0x7461636F,
            line: "60 27 8:16 / /srv rw,relatime shared:33 - ocfs2 /dev/ubdb rw,_netdev,heartbeat=local,nointr,"
                + "data=ordered,errors=remount-ro,atime_quantum=60,cluster_stack=o2cb,coherency=full,user_xattr,acl",
            kind: .ocfs2, version: nil, mode: "WAL EXCLUSIVE", level: "L3", warned: ["cluster_stack=o2cb"]),
        Row(
            magic: 0x7461636F,
            line: "60 27 8:16 / /srv rw,relatime shared:33 - ocfs2 /dev/ubdb rw,_netdev,heartbeat=local,nointr,"
                + "data=ordered,errors=remount-ro,atime_quantum=60,localflocks,,cluster_stack=o2cb,coherency=full,"
                + "user_xattr,acl",
            kind: .ocfs2, version: nil, mode: "WAL EXCLUSIVE", level: "L0", refused: ["localflocks"]),
        Row(
            magic: 0x7461636F,
            line: "60 27 8:16 / /srv rw,relatime shared:33 - ocfs2 /dev/ubdb rw,heartbeat=none,nointr,data=ordered,"
                + "errors=remount-ro,atime_quantum=60,coherency=full,user_xattr,acl",
            kind: .ocfs2, version: nil, mode: "WAL EXCLUSIVE", level: "L0", refused: ["heartbeat=none"]),
        Row(
            magic: 0x7461636F,
            line: "60 27 8:16 / /srv rw,relatime shared:33 - ocfs2 /dev/sdb rw,heartbeat=none,nointr,data=ordered,"
                + "errors=remount-ro,atime_quantum=60,cluster_stack=pcmk,coherency=full,user_xattr,acl",
            kind: .ocfs2, version: nil, mode: "WAL EXCLUSIVE", level: "L1"),
        Row(
            magic: 0x01161970, line: "70 27 253:2 / /srv rw,relatime shared:40 - gfs2 /dev/mapper/vg-gfs2 rw",
            kind: .gfs2,
            version: nil, mode: "WAL EXCLUSIVE", level: "L1"),
        Row(
            magic: 0x01161970,
            line: "70 27 253:2 / /srv rw,relatime shared:40 - gfs2 /dev/mapper/vg-gfs2 rw,lockproto=lock_nolock,"
                + "localflocks",
            kind: .gfs2, version: nil, mode: "WAL EXCLUSIVE", level: "L0",
            refused: ["localflocks", "lockproto=lock_nolock"]),
        Row(
            magic: 0xFF534D42,
            line: "80 27 0:58 / /srv rw,relatime shared:44 - cifs //nas/share rw,vers=3.1.1,cache=strict,username=b,"
                + "uid=0,noforceuid,gid=0,noforcegid,addr=10.0.0.9,file_mode=0755,dir_mode=0755,hard,nounix,serverino,"
                + "mapposix,nobrl,rsize=4194304,wsize=4194304,echo_interval=60,actimeo=1",
            kind: .cifs, version: "3.1.1", mode: "WAL EXCLUSIVE", level: "L0", refused: ["nobrl"]),
        Row(
            magic: 0xFE534D42,
            line: "80 27 0:58 / /srv rw,relatime shared:44 - smb3 //nas/share rw,vers=3.0,cache=strict,username=b,"
                + "addr=10.0.0.9,soft,nounix,serverino,mapposix,rsize=4194304,wsize=4194304,echo_interval=60,actimeo=1",
            kind: .cifs, version: "3.0", mode: "WAL EXCLUSIVE", level: "L1", warned: ["soft"]),
        Row(
            magic: 0x00C36400,
            line: "90 27 0:61 / /srv rw,relatime shared:47 - ceph 10.0.0.1:6789:/ rw,name=admin,secret=<hidden>,acl",
            kind: .ceph, version: nil, mode: "WAL EXCLUSIVE", level: "L1"),
        Row(
            magic: 0x0BD00BD0,
            line: "99 27 0:66 / /srv rw,relatime shared:55 - lustre 10.0.0.1@tcp:/fs1 rw,flock,user_xattr,lazystatfs",
            kind: .lustre, version: nil, mode: "WAL EXCLUSIVE", level: "L1"),
        Row(
            magic: 0x0BD00BD0,
            line: "99 27 0:66 / /srv rw,relatime shared:55 - lustre 10.0.0.1@tcp:/fs1 rw,localflock,user_xattr",
            kind: .lustre, version: nil, mode: "WAL EXCLUSIVE", level: "L0", refused: ["localflock"]),
        Row(
            magic: 0x0BD00BD0,
            line: "99 27 0:66 / /srv rw,relatime shared:55 - lustre 10.0.0.1@tcp:/fs1 rw,user_xattr,lazystatfs",
            kind: .lustre, version: nil, mode: "WAL EXCLUSIVE", level: "L0", refused: ["noflock"]),
        Row(
            magic: 0x01021997,
            line: "33 27 0:31 / /srv rw,relatime shared:12 - 9p share rw,access=client,cache=loose,msize=512000,"
                + "trans=virtio",
            kind: .unknown, version: nil, mode: "WAL EXCLUSIVE", level: "L1"),
    ]

    @Test(arguments: rows.indices) func everyRowIsRecognised(index: Int) throws {
        let row = Self.rows[index]
        let mount = try #require(MountTable(parsing: row.line).mount(holding: "/srv/data"))
        let verdict = FileSystemVerdict(path: "/srv/data", magic: row.magic, mount: mount)
        #expect(verdict.kind == row.kind)
        #expect(verdict.version == row.version)
        #expect("\(verdict.storeMode.journal.rawValue) \(verdict.storeMode.locking.rawValue)" == row.mode)
        #expect(verdict.fencingLevel.name == row.level)
        #expect(verdict.refusals.map(\.option) == row.refused, "\(verdict.refusals)")
        #expect(verdict.warnings.map(\.option) == row.warned, "\(verdict.warnings)")
    }

    @Test func theLineAtStartSaysWhatIsKnown() throws {
        let row = Self.rows[9]
        let mount = try #require(MountTable(parsing: row.line).mount(holding: "/srv/data"))
        let verdict = FileSystemVerdict(path: "/srv/data", magic: row.magic, mount: mount)
        let fields = Dictionary(uniqueKeysWithValues: verdict.fields.map { ($0.key, $0.value) })
        let expected = [
            "path": "/srv/data", "file_system": "nfs3", "type": "nfs", "source": "10.77.0.1:/export",
            "mount_point": "/srv", "f_type": "0x6969", "vers": "3", "options": "vers=3,soft,nolock,local_lock=all",
            "journal_mode": "WAL", "locking_mode": "EXCLUSIVE", "locks": "each_host_its_own", "unsafe_locks": "true",
        ]
        for (key, value) in expected { #expect(fields[key] == value, "\(key)") }
        #expect(fields["fencing"]?.hasPrefix("L0: ") == true)
        #expect(fields["sqlite"]?.hasPrefix("3.") == true)
        #expect(Set(fields.keys) == Set(expected.keys).union(["fencing", "sqlite"]))
    }
}

@Suite struct KernelSettingsTests {
    @Test func theFolderOfADeviceNamesItsLockModule() {
        let directory = TemporaryDirectory()
        for (name, id, module) in [("vg-a", "253:2", "lock_dlm"), ("vg-b", "253:3", "lock_nolock")] {
            #expect(mkdir(directory.file(name), 0o755) == 0)
            #expect(mkdir(directory.file("\(name)/lock_module"), 0o755) == 0)
            #expect(TestFile.write(directory.file("\(name)/id"), Array("\(id)\n".utf8)))
            #expect(TestFile.write(directory.file("\(name)/lock_module/proto_name"), Array("\(module)\n".utf8)))
        }
        #expect(KernelSettings.lockProtocol(ofDevice: "253:3", in: directory.path) == "lock_nolock")
        #expect(KernelSettings.lockProtocol(ofDevice: "253:2", in: directory.path) == "lock_dlm")
        #expect(KernelSettings.lockProtocol(ofDevice: "8:1", in: directory.path) == nil)
        #expect(KernelSettings.lockProtocol(ofDevice: "8:1", in: directory.file("missing")) == nil)
    }
}
