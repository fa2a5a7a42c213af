// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/system_error.h"

#include <cerrno>
#include <system_error>

namespace kdumpd {
namespace {

ErrorCode CodeOf(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kPermission;
    case ELOOP:
    case ENAMETOOLONG:
    case EINVAL:
      return ErrorCode::kInvalid;
    case EBUSY:
    case EAGAIN:
      return ErrorCode::kBusy;
    case ETIMEDOUT:
      return ErrorCode::kTimeout;
    default:
      return ErrorCode::kIo;
  }
}

}  // namespace

Error SystemError(int number) { return {CodeOf(number), std::generic_category().message(number)}; }

std::unexpected<Error> FailSystem(std::string_view context, int number) {
  return std::unexpected(SystemError(number).In(context));
}

}  // namespace kdumpd
