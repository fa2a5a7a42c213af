// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/error.h"

namespace kdumpd {

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// One path the listener serves. Everything else is 404; a method other than GET and HEAD is 405.
struct Route {
  std::string path;                       // exact, "/metrics"; compared before any %XX is undone
  bool loopback_only = true;              // 403 for any other peer, and for a foreign Host header
  std::function<HttpResponse()> handler;  // the listener's thread; must not block
};

struct ListenerLimits {
  unsigned connections = 64;   // per address; further ones wait in the kernel's queue
  unsigned per_peer = 16;      // from one IP address; further ones are closed at once
  std::size_t memory = 16384;  // bytes per connection: request and response headers
  std::chrono::milliseconds request{
      10'000};  // from connect, or the request before, to the last byte
};

// The one HTTP listener. One thread of its own, which only calls handlers; it sleeps without a
// timer while no connection is open. Destroying it closes the sockets and joins the thread.
class Listener {
 public:
  // Addresses as Prometheus exporters take them, numeric: ":10910" (every address, IPv6 and IPv4),
  // "127.0.0.1:10910", "[::1]:0". kInvalid for an address that does not parse, kBusy when the port
  // is taken, kPermission for a port we may not have; the message names the address.
  static Result<std::unique_ptr<Listener>> Start(const std::vector<std::string>& addresses,
                                                 std::vector<Route> routes,
                                                 const ListenerLimits& limits = {});
  virtual ~Listener() = default;
  // The bound addresses, with the real port where 0 was asked for.
  [[nodiscard]] virtual std::vector<std::string> Addresses() const = 0;
};

}  // namespace kdumpd
