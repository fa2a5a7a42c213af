// SPDX-License-Identifier: Apache-2.0
#include "daemon/web/answer.h"

#include <algorithm>
#include <exception>

#include "daemon/core/text.h"
#include "daemon/web/listen_socket.h"

namespace kdumpd {
namespace {

HttpResponse Refusal(int status, std::string_view sentence) {
  return {.status = status, .body = Cat(sentence, '\n')};
}

}  // namespace

HttpResponse Answer(const std::vector<Route>& routes, const HttpRequest& request) {
  const auto route = std::ranges::find(routes, request.path, &Route::path);
  if (route == routes.end()) return Refusal(404, "There is no such page.");
  if (route->loopback_only && !IsLoopback(request.peer)) {
    return Refusal(403, "Only the node itself may read this: connect to a loopback address.");
  }
  if (route->loopback_only && request.host != nullptr && !IsLoopbackHost(request.host)) {
    return Refusal(403, "Only the node itself may read this: ask for localhost or 127.0.0.1.");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return Refusal(405, "Read only: GET and HEAD.");
  }
  try {
    return route->handler();
  } catch (const std::exception&) {
    return Refusal(500, "The answer could not be built.");
  }
}

}  // namespace kdumpd
