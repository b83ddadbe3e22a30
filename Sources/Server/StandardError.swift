import Glibc

/// Standard error as a log sink: each line is one `write`, so that lines of several threads never mix.
package struct StandardError: LogSink {
    package init() {}

    package func write(_ line: String) {
        var line = line
        line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while rest.count > 0 {
                let written = Glibc.write(STDERR_FILENO, rest.baseAddress, rest.count)
                if written < 0 {
                    // A closed or full log must not stop the broker, and there is nowhere else to say so.
                    guard errno == EINTR else { return }
                    continue
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
        }
    }
}
