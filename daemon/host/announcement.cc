// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/announcement.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {
namespace {

// journald's, and whatever else listens there.
constexpr std::string_view kSockets[] = {"/run/systemd/journal/dev-log", "/dev/log"};
constexpr int kAlert = 3 << 3 | 1;  // LOG_DAEMON | LOG_ALERT

// By the number of a descriptor, so that what was resolved is what is spoken to.
bool Send(int socket_path, const std::string& line) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (void)std::snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", socket_path);
  const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return false;
  const auto sent = sendto(fd.get(), line.data(), line.size(), MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return sent == static_cast<ssize_t>(line.size());
}

}  // namespace

bool Announce(const HostRoot& root, std::string_view text) {
  const std::string line = Cat('<', kAlert, ">kdumpd[", getpid(), "]: ", Printable(text, 512));
  for (const std::string_view path : kSockets) {
    const auto place = root.OpenPath(path);
    struct stat status{};
    if (!place || fstat(place->get(), &status) != 0 || !S_ISSOCK(status.st_mode)) continue;
    if (Send(place->get(), line)) return true;
  }
  return false;
}

}  // namespace kdumpd
