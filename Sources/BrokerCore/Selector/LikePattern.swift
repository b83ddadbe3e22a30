/// A compiled LIKE pattern: `%` is any text, `_` any one character (Unicode scalar).
///
/// Matching runs all alternatives at once as bits of a set of states (Baeza-Yates and Gonnet's Shift-And), so that its
/// time is the length of the text times the words of the set, whatever the pattern.
///
/// State i means "the first i characters of the pattern, not counting `%`, are matched". A state that a `%` follows
/// keeps itself on any character.
struct LikePattern: Sendable {
    /// Characters of the pattern without `%`; the accepting state.
    private let length: Int
    /// Words of a state set.
    private let words: Int
    /// State set: those that a `%` follows.
    private var stays: [UInt64]
    /// One state set per character class: those that such a character leads into. Class 0 is every other character.
    private var entries: [UInt64]
    /// ASCII character to class.
    private var asciiClass: [UInt32]
    private var otherClass: [Unicode.Scalar: UInt32]

    /// - Parameter escape: a character that takes `_`, `%` or itself literally when it stands before it, and stands for
    ///   itself elsewhere, as in ActiveMQ.
    init(_ pattern: String, escape: Unicode.Scalar?) {
        let elements = Self.elements(of: Array(pattern.unicodeScalars), escape: escape)
        let length = elements.count { $0 != .anyText }
        let words = length / 64 + 1
        var stays = [UInt64](repeating: 0, count: words)
        var entries = [UInt64](repeating: 0, count: words)
        var asciiClass = [UInt32](repeating: 0, count: 128)
        var otherClass: [Unicode.Scalar: UInt32] = [:]
        // Any-character entries first: every class starts as a copy of class 0.
        var state = 0
        for element in elements {
            switch element {
            case .anyText: stays[state / 64] |= 1 << (state % 64)
            case .anyCharacter:
                state += 1
                entries[state / 64] |= 1 << (state % 64)
            case .character: state += 1
            }
        }
        let anyCharacter = entries
        var classes: UInt32 = 1
        state = 0
        for element in elements where element != .anyText {
            state += 1
            guard case .character(let scalar) = element else { continue }
            var number = scalar.isASCII ? asciiClass[Int(scalar.value)] : otherClass[scalar] ?? 0
            if number == 0 {
                number = classes
                classes += 1
                entries += anyCharacter
                if scalar.isASCII {
                    asciiClass[Int(scalar.value)] = number
                } else {
                    otherClass[scalar] = number
                }
            }
            entries[Int(number) * words + state / 64] |= 1 << (state % 64)
        }
        self.length = length
        self.words = words
        self.stays = stays
        self.entries = entries
        self.asciiClass = asciiClass
        self.otherClass = otherClass
    }

    func matches(_ text: String) -> Bool {
        words == 1 ? matchesInOneWord(text) : matchesInWords(text)
    }

    // MARK: Private

    private enum Element: Equatable {
        case character(Unicode.Scalar)
        case anyCharacter
        case anyText
    }

    private static func elements(of pattern: [Unicode.Scalar], escape: Unicode.Scalar?) -> [Element] {
        var elements: [Element] = []
        var index = 0
        while index < pattern.count {
            let scalar = pattern[index]
            index += 1
            if scalar == escape, index < pattern.count {
                let next = pattern[index]
                if next == "_" || next == "%" || next == scalar {
                    elements.append(.character(next))
                    index += 1
                    continue
                }
            }
            switch scalar {
            case "%": elements.append(.anyText)
            case "_": elements.append(.anyCharacter)
            default: elements.append(.character(scalar))
            }
        }
        return elements
    }

    private func characterClass(of scalar: Unicode.Scalar) -> Int {
        if scalar.isASCII { return Int(asciiClass[Int(scalar.value)]) }
        return otherClass.isEmpty ? 0 : Int(otherClass[scalar] ?? 0)
    }

    private func matchesInOneWord(_ text: String) -> Bool {
        let accepting: UInt64 = 1 << length
        let stays = stays[0]
        var states: UInt64 = 1
        for scalar in text.unicodeScalars {
            if states & stays & accepting != 0 { return true }
            states = ((states << 1) & entries[characterClass(of: scalar)]) | (states & stays)
            if states == 0 { return false }
        }
        return states & accepting != 0
    }

    private func matchesInWords(_ text: String) -> Bool {
        let last = length / 64
        let accepting: UInt64 = 1 << (length % 64)
        var states = [UInt64](repeating: 0, count: words)
        states[0] = 1
        for scalar in text.unicodeScalars {
            if states[last] & stays[last] & accepting != 0 { return true }
            let row = characterClass(of: scalar) * words
            var carry: UInt64 = 0
            var alive: UInt64 = 0
            for word in 0..<words {
                let old = states[word]
                let new = (((old << 1) | carry) & entries[row + word]) | (old & stays[word])
                carry = old >> 63
                states[word] = new
                alive |= new
            }
            if alive == 0 { return false }
        }
        return states[last] & accepting != 0
    }
}
