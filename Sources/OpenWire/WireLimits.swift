/// Bounds that hold for every frame, whatever was negotiated.
package enum WireLimits {
    /// Largest frame a connector takes unless configured otherwise, in bytes after the size field (ActiveMQ's own).
    package static let defaultFrameSize = 104_857_600

    /// Largest frame before the handshake: it can only be a WireFormatInfo, of at most 64 properties of 512 bytes.
    package static let handshakeFrameSize = 65_536

    /// Objects and causes inside one another. Real frames nest four deep; a cause or an advisory's data structure could
    /// nest without end.
    package static let nesting = 32

    /// Longest string a frame can carry: Java refuses longer ones in tight mode, and counts in 16 bits in loose mode.
    package static func stringBytes(tight: Bool) -> Int { tight ? 32_766 : 65_535 }

    /// Longest part of an XA transaction id. The standard says 64 bytes; the bound keeps cached ids small.
    package static let xaPartBytes = 1_024

    /// Memory one frame of `size` bytes may claim for strings, byte arrays and array elements.
    ///
    /// A null in an object array takes one bit or byte on the wire and some 40 bytes in memory; real frames stay far
    /// below four times their size.
    package static func memory(forFrameOf size: Int) -> Int { 4 * size + 2_097_152 }
}
