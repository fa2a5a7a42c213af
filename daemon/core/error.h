// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace kdumpd {

// What kind of thing went wrong; the text says the rest. Stable, never renumbered.
enum class ErrorCode {
  kNotFound = 1,     // there is no such file, mount, unit or name
  kPermission = 2,   // it is there, and we may not
  kTooLarge = 3,     // larger than the bound we read within
  kUnreachable = 4,  // not touched on purpose: it may hang (network, fuse or autofs mount)
  kInvalid = 5,      // read, and not what the format says
  kTimeout = 6,      // did not answer in time
  kBusy = 7,         // somebody holds it; try again
  kIo = 8,           // any other failure of the system
};

// An error is a kind and a sentence that grew outward:
// "reading /proc/cmdline: Permission denied".
struct Error {
  ErrorCode code = ErrorCode::kIo;
  std::string message;

  // The same error, seen from one level further out.
  [[nodiscard]] Error In(std::string_view context) const {
    return {code, std::string(context) + ": " + message};
  }
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace kdumpd
