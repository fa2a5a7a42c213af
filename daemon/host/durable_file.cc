// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "daemon/host/system_error.h"
#include "daemon/host/write_all.h"

namespace kdumpd {
std::string UnfinishedName(const std::string& name) { return Cat(name, ".tmp"); }

Result<void> ReplaceFile(int directory, const std::string& name, std::string_view bytes) {
  const std::string unfinished = UnfinishedName(name);
  // What an earlier attempt has left may be another name of something else: never written into.
  if (unlinkat(directory, unfinished.c_str(), 0) != 0 && errno != ENOENT) {
    return FailSystem(Cat("writing ", name), errno);
  }
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const UniqueFd fd(openat(directory, unfinished.c_str(), kFlags, 0600));
  const bool replaced = fd && WriteAll(fd.get(), bytes) && fsync(fd.get()) == 0 &&
                        renameat(directory, unfinished.c_str(), directory, name.c_str()) == 0;
  if (!replaced) {
    const int number = errno;
    unlinkat(directory, unfinished.c_str(), 0);
    return FailSystem(Cat("writing ", name), number);
  }
  if (fsync(directory) != 0) return FailSystem(Cat("writing ", name), errno);
  return {};
}

}  // namespace kdumpd
