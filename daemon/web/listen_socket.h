// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "daemon/core/error.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  bool any = false;  // ":port": every address of both families

  [[nodiscard]] const sockaddr* Get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// "A.B.C.D:PORT", "[IPv6]:PORT" or ":PORT". Numeric only: a name would be asked of a resolver that
// may hang. kInvalid says what stands there and what was expected.
[[nodiscard]] Result<SocketAddress> ParseSocketAddress(std::string_view text);

// The inverse: "127.0.0.1:10910", "[::]:10910".
[[nodiscard]] std::string Text(const sockaddr* address);

// A bound, listening, non-blocking TCP socket. ":PORT" takes IPv6 and IPv4 on one socket, and IPv4
// alone on a kernel without IPv6.
[[nodiscard]] Result<UniqueFd> Listen(const SocketAddress& address);

// The text of the address that `fd` is bound to.
[[nodiscard]] std::string BoundAddress(int fd);

// 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104.
[[nodiscard]] bool IsLoopback(const sockaddr* peer);

// Whether a Host header names this machine by loopback: "localhost", "127.0.0.1", "[::1]", each
// with any port. A web page from elsewhere whose name resolves to 127.0.0.1 (DNS rebinding), or a
// proxy on this node that publishes us, brings another name.
[[nodiscard]] bool IsLoopbackHost(std::string_view host);

}  // namespace kdumpd
