/// Where something stands in a file. Lines and columns count from 1; a column is one Unicode scalar.
package struct TextPosition: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (one: TextPosition, other: TextPosition) -> Bool {
        (one.line, one.column) < (other.line, other.column)
    }

    package var description: String { "\(self.line):\(self.column)" }
}

/// A name as written, taken apart, with the namespace that its prefix stands for.
package struct XMLName: Hashable, Sendable, CustomStringConvertible {
    package let prefix: String
    package let local: String
    /// Empty where the name is in none.
    package let namespace: String

    package var description: String { self.prefix.isEmpty ? self.local : "\(self.prefix):\(self.local)" }
}

package struct XMLAttribute: Hashable, Sendable {
    package let name: XMLName
    package let value: String
    package let position: TextPosition
}

/// Text between tags, references resolved. Comments and processing instructions inside do not cut it.
package struct XMLText: Hashable, Sendable {
    package let value: String
    package let position: TextPosition

    package var isBlank: Bool { self.value.utf8.allSatisfy { XMLCharacters.isSpace($0) } }
}

package struct XMLElement: Hashable, Sendable {
    package enum Child: Hashable, Sendable {
        case element(XMLElement)
        case text(XMLText)
    }

    package let name: XMLName
    /// In the order of the file, without the declarations of namespaces.
    package var attributes: [XMLAttribute]
    package var children: [Child]
    package let position: TextPosition

    package var elements: [XMLElement] {
        self.children.compactMap { child in
            guard case .element(let element) = child else { return nil }
            return element
        }
    }

    /// The text directly inside, without spaces around it, where there is nothing else inside.
    package var onlyText: String? {
        var text = ""
        for child in self.children {
            guard case .text(let part) = child else { return nil }
            text += part.value
        }
        let bytes = text.utf8
        guard let first = bytes.firstIndex(where: { !XMLCharacters.isSpace($0) }),
            let last = bytes.lastIndex(where: { !XMLCharacters.isSpace($0) })
        else { return "" }
        return String(text[first...last])
    }
}
