// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/memory_file.h"

#include <sys/mman.h>

#include <cerrno>

#include "daemon/host/system_error.h"
#include "daemon/host/write_all.h"

namespace kdumpd {

Result<UniqueFd> MemoryFile(std::string_view bytes) {
  UniqueFd file(::memfd_create("kernel log", MFD_CLOEXEC));
  if (!file || !WriteAll(file.get(), bytes)) return FailSystem("keeping it in memory", errno);
  return file;
}

}  // namespace kdumpd
