// SPDX-License-Identifier: Apache-2.0
#include "daemon/web/listen_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kExpected =
    "expected ADDRESS:PORT with a numeric address, such as \":10910\", \"127.0.0.1:10910\" or "
    "\"[::1]:10910\"";

std::unexpected<Error> Invalid(std::string_view text, std::string_view what) {
  return Fail(ErrorCode::kInvalid,
              Cat("listen address \"", Printable(text), "\": ", what, "; ", kExpected));
}

Error SystemError(std::string_view address, int code) {
  const ErrorCode kind = code == EADDRINUSE      ? ErrorCode::kBusy
                         : code == EACCES        ? ErrorCode::kPermission
                         : code == EADDRNOTAVAIL ? ErrorCode::kNotFound
                                                 : ErrorCode::kIo;
  return {kind, Cat("listening on ", address, ": ", std::generic_category().message(code))};
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  const auto port = ParseUnsigned(text);
  if (!port || *port > 65535 || text.size() > 5) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

SocketAddress V4(in_addr host, std::uint16_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  in.sin_addr = host;
  SocketAddress address;
  std::memcpy(&address.storage, &in, sizeof in);
  address.length = sizeof in;
  return address;
}

SocketAddress V6(const in6_addr& host, std::uint16_t port) {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port);
  in.sin6_addr = host;
  SocketAddress address;
  std::memcpy(&address.storage, &in, sizeof in);
  address.length = sizeof in;
  return address;
}

std::uint16_t PortOf(const SocketAddress& address) {
  // The port is at the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
}

// errno, or 0 when `fd` now listens.
int Open(const SocketAddress& address, UniqueFd& fd) {
  fd.Reset(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.storage.ss_family == AF_INET6) {
    const int v6only = address.any ? 0 : 1;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
  }
  if (::bind(fd.get(), address.Get(), address.length) != 0) return errno;
  return ::listen(fd.get(), 64) == 0 ? 0 : errno;
}

}  // namespace

Result<SocketAddress> ParseSocketAddress(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return Invalid(text, "no port");
  const auto port = ParsePort(text.substr(colon + 1));
  if (!port) return Invalid(text, "the port is not a number from 0 to 65535");
  const std::string host(text.substr(0, colon));
  if (host.empty()) {
    SocketAddress address = V6(in6addr_any, *port);
    address.any = true;
    return address;
  }
  if (host.find('\0') != std::string::npos) return Invalid(text, "a NUL in the address");
  if (host.front() == '[' && host.back() == ']') {
    in6_addr v6{};
    if (::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6) == 1) {
      return V6(v6, *port);
    }
    return Invalid(text, "not an IPv6 address in the brackets");
  }
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return V4(v4, *port);
  return Invalid(text, host.find(':') != std::string::npos
                           ? "an IPv6 address stands in brackets"
                           : "not an IPv4 address; names are not looked up");
}

std::string Text(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (address->sa_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(address);
    ::inet_ntop(AF_INET, &in->sin_addr, host.data(), host.size());
    return Cat(host.data(), ':', ntohs(in->sin_port));
  }
  const auto* in = reinterpret_cast<const sockaddr_in6*>(address);
  ::inet_ntop(AF_INET6, &in->sin6_addr, host.data(), host.size());
  return Cat('[', host.data(), "]:", ntohs(in->sin6_port));
}

Result<UniqueFd> Listen(const SocketAddress& address) {
  UniqueFd fd;
  int code = Open(address, fd);
  const bool no_ipv6 = code == EAFNOSUPPORT || code == EADDRNOTAVAIL;
  if (address.any && no_ipv6) code = Open(V4(in_addr{INADDR_ANY}, PortOf(address)), fd);
  if (code != 0) {
    const std::string name = address.any ? Cat(':', PortOf(address)) : Text(address.Get());
    return std::unexpected(SystemError(name, code));
  }
  return fd;
}

std::string BoundAddress(int fd) {
  SocketAddress address;
  address.length = sizeof address.storage;
  auto* raw = reinterpret_cast<sockaddr*>(&address.storage);
  if (::getsockname(fd, raw, &address.length) != 0) return "";
  return Text(raw);
}

bool IsLoopback(const sockaddr* peer) {
  if (peer == nullptr) return false;
  if (peer->sa_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(peer);
    return ntohl(in->sin_addr.s_addr) >> 24U == 127;
  }
  if (peer->sa_family != AF_INET6) return false;
  const in6_addr& host = reinterpret_cast<const sockaddr_in6*>(peer)->sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&host)) return host.s6_addr[12] == 127;
  return IN6_IS_ADDR_LOOPBACK(&host);
}

bool IsLoopbackHost(std::string_view host) {
  const auto is_name = [](std::string_view text) {
    return std::ranges::equal(text, std::string_view("localhost"), {}, [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
  };
  const auto colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.back() != ']';
  const std::string_view name = has_port ? host.substr(0, colon) : host;
  if (has_port && !ParsePort(host.substr(colon + 1))) return false;
  if (is_name(name)) return true;
  const auto address = ParseSocketAddress(Cat(name, ":0"));
  return address && !address->any && IsLoopback(address->Get());
}

}  // namespace kdumpd
