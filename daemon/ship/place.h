// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/upload.h"

namespace kdumpd {

// The URL of a destination, taken apart.
struct Place {
  std::string scheme;  // lower case
  std::string user;    // decoded; "" none
  std::string host;    // an IPv6 address with its brackets
  std::string port;    // "" the scheme's own
  std::string path;    // decoded, begins with '/' or is ""; no '/' at its end

  // "https://HOST[:PORT]", without a user.
  [[nodiscard]] std::string Origin() const;
  // Of an object below the path, for a URL.
  [[nodiscard]] std::string Url(std::string_view name) const;
  // On this machine: no packet leaves it.
  [[nodiscard]] bool Loopback() const;
};
// kConfig: it is no URL, or has what a destination has no use for: a password (everybody can read a
// configuration), a query, a fragment, "." or ".." in its path.
[[nodiscard]] Uploaded<Place> PlaceOf(std::string_view url);

// The name of an object: parts between slashes, none empty, "." or "..", no control characters.
// kConfig: it is another one.
[[nodiscard]] Uploaded<void> CheckObjectName(std::string_view name);

}  // namespace kdumpd
