import Glibc
import NIOCore
import NIOPosix
import Server
import Testing

@Suite struct PortCheckTests {
    @Test func aFreePortPassesAndStaysFree() async throws {
        let address = try await self.withListener { $0 }
        for _ in 0..<3 { try PortCheck.run(address) }
    }

    @Test func aPortInUseIsNamedWithItsRemedy() async throws {
        try await self.withListener { address in
            let error = #expect(throws: StartError.self) { try PortCheck.run(address) }
            #expect(error?.status == .unavailable)
            #expect(error?.description.contains("port \(address.port) is in use") == true)
            #expect(error?.description.contains("--openwire") == true)
        }
    }

    @Test(arguments: [
        ("192.0.2.1:1", "does not have that address"), ("no-such-host.invalid:1", "no-such-host.invalid"),
    ])
    func anAddressOfAnotherMachineIsNamed(text: String, expected: String) throws {
        let address = try #require(ListenAddress(text))
        let error = #expect(throws: StartError.self) { try PortCheck.run(address) }
        #expect(error?.status == .unavailable)
        #expect(error?.description.contains(expected) == true)
    }

    private func withListener<R>(_ body: (ListenAddress) throws -> R) async throws -> R {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1).bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let result = Result { try body(ListenAddress(host: "127.0.0.1", port: port)) }
        try await server.close().get()
        return try result.get()
    }
}
