/// Ways in which one host can come to know what another has written.
enum SightMethod: String, CaseIterable {
    /// Opens the file anew and reads it through the page cache.
    case open
    /// Opens it anew and reads past the page cache: how brokers read each other's beats.
    case direct
    /// Reads through a descriptor that stays open.
    case kept
    /// Opens and reads a name that was given to another file.
    case rename
    /// Lists a directory that gets new names.
    case list
    /// Asks for the length of a file that grows.
    case stat
    /// Asks for a name that is new.
    case statNew = "stat_new"
    /// Reads a row over a connection that stays open: how the lease is read.
    case sqlite
}
