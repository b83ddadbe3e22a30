// Holds locks for as long as it lives, like a host that is gone and whose locks the server keeps.
//
//     lock-holder FILE.flock FILE.posix      says HELD, or REFUSED and ends
//
// Files are made where they are missing. Ends by a signal only.

import CSystemCalls
import Glibc

func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
    say("usage: lock-holder FILE.flock FILE.posix")
    exit(64)
}
let flock = open(arguments[1], O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
let posix = open(arguments[2], O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
guard sys_flock_try(flock) == 0, sys_ofd_try(posix) == 0 else {
    say("REFUSED")
    exit(1)
}
say("HELD")
while true { pause() }
