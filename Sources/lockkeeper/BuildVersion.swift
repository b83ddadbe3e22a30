/// What `--version` says.
enum BuildVersion {
    static let text = "0.1.0"
}
