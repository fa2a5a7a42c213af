// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "systemd/bus.h"
#include "tests/support/child.h"

namespace kdumpd {

// A real dbus-daemon of the test's own, with its socket in a directory of its own.
class PrivateBus {
 public:
  PrivateBus() {
    char name[] = "/tmp/kdumpd bus-XXXXXX";  // the blank must be escaped in the address
    if (::mkdtemp(name) == nullptr) return;
    directory_ = name;
    std::ofstream(directory_ / "bus.conf")
        << "<busconfig><type>session</type><listen>" << address() << "</listen>"
        << "<policy context='default'><allow send_destination='*'/><allow receive_sender='*'/>"
        << "<allow own='*'/></policy></busconfig>";
  }
  ~PrivateBus() {
    daemon_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  PrivateBus(const PrivateBus&) = delete;
  PrivateBus& operator=(const PrivateBus&) = delete;

  [[nodiscard]] std::string socket() const { return directory_ / "socket"; }
  [[nodiscard]] std::string address() const { return BusAddressOf(socket()); }

  // Returns when it listens; false: it does not.
  bool Start() {
    daemon_ = std::make_unique<Child>(
        std::vector<std::string>{"dbus-daemon", "--nofork", "--print-address",
                                 "--config-file=" + (directory_ / "bus.conf").string()});
    return daemon_->Line().starts_with("unix:");
  }
  void Send(int signal) const { daemon_->Send(signal); }
  void Kill() {
    daemon_->End(SIGKILL);
    daemon_.reset();
    ::unlink(socket().c_str());
  }

 private:
  std::filesystem::path directory_;
  std::unique_ptr<Child> daemon_;
};

}  // namespace kdumpd
