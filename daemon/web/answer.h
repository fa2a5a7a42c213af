// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include <string_view>
#include <vector>

#include "daemon/web/listener.h"

namespace kdumpd {

struct HttpRequest {
  std::string_view path;
  std::string_view method;
  const char* host = nullptr;      // the Host header; null without one
  const sockaddr* peer = nullptr;  // null when not known, which is not loopback
};

// The route's answer, or the refusal. An exception in a handler becomes 500.
[[nodiscard]] HttpResponse Answer(const std::vector<Route>& routes, const HttpRequest& request);

}  // namespace kdumpd
