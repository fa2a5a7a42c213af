// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
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
  std::string path;                       // exact, "/metrics"
  bool loopback_only = true;              // 403 for any other peer address
  std::function<HttpResponse()> handler;  // any thread; must not block
};

// The one HTTP listener. Its threads only call handlers. Bounds: 32 connections, 8 KiB of headers, 10 s
// for a request. Destroying it closes the sockets and joins its threads.
class Listener {
 public:
  // Addresses as Prometheus exporters take them: ":10910", "127.0.0.1:10910", "[::1]:0". kInvalid for
  // an address that does not parse, kBusy when the port is taken; the message names the address.
  static Result<std::unique_ptr<Listener>> Start(const std::vector<std::string>& addresses,
                                                 std::vector<Route> routes);
  virtual ~Listener() = default;
  // The bound addresses, with the real port where 0 was asked for.
  [[nodiscard]] virtual std::vector<std::string> Addresses() const = 0;
};

}  // namespace kdumpd
