// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>
#include <systemd/sd-bus.h>

#include <cerrno>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/core/unit_state.h"
#include "systemd/bus.h"

namespace kdumpd {

// As much of org.freedesktop.systemd1 as somebody sees who asks for units and listens to them, or
// asks whether the system goes down; and the one signal of logind that is about that.
// Lives on the loop of the test.
class FakeSystemd {
 public:
  // On a connection to a bus, or the server's end of a direct one.
  explicit FakeSystemd(Bus bus) : bus_(std::move(bus)) {
    sd_bus_slot* slot = nullptr;
    sd_bus_add_filter(bus_.get(), &slot, &FakeSystemd::OnMessage, this);
    filter_.reset(slot);
  }
  ~FakeSystemd() {
    // What was said before the end still arrives.
    if (bus_) sd_bus_flush(bus_.get());
    filter_.reset();
  }
  FakeSystemd(const FakeSystemd&) = delete;
  FakeSystemd& operator=(const FakeSystemd&) = delete;

  // A direct connection: the server's end for a FakeSystemd, and the client's.
  static std::pair<Bus, Bus> Ends(sd_event* event) {
    int fds[2] = {-1, -1};
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds);
    Bus server = End(fds[0], true);
    Bus client = End(fds[1], false);
    (void)AttachBus(server.get(), event, 5000);
    return {std::move(server), std::move(client)};
  }

  std::map<std::string, UnitState> units;  // the others are not-found
  bool silent = false;                     // reads questions and does not answer
  std::string refuse;                      // answers LoadUnit and Get with an error of this text
  // Instead of the properties of a unit, in the reply to GetAll.
  std::function<int(sd_bus_message*)> reply;
  std::string system_state = "running";
  // Instead of that state, in the reply to Get.
  std::function<int(sd_bus_message*)> state_reply;
  int loads = 0;
  int gets = 0;
  int subscriptions = 0;

  // PropertiesChanged of the unit; its content is of no interest to anybody.
  void Say(const std::string& unit) {
    sd_bus_emit_signal(bus_.get(), PathOf(unit).c_str(), "org.freedesktop.DBus.Properties",
                       "PropertiesChanged", "sa{sv}as", "org.freedesktop.systemd1.Unit", 0, 1,
                       "Id");
  }
  void SayReloading(bool active) {
    sd_bus_emit_signal(bus_.get(), kManagerPath, kManager, "Reloading", "b",
                       static_cast<int>(active));
  }
  void SayUnitFilesChanged() {
    sd_bus_emit_signal(bus_.get(), kManagerPath, kManager, "UnitFilesChanged", "");
  }
  void SayPrepareForShutdown(bool starts) {
    sd_bus_emit_signal(bus_.get(), "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
                       "PrepareForShutdown", "b", static_cast<int>(starts));
  }
  // Of that signal with other content.
  void SayPrepareForShutdown(const char* content) {
    sd_bus_emit_signal(bus_.get(), "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
                       "PrepareForShutdown", "s", content);
  }

 private:
  static Bus End(int fd, bool server) {
    sd_bus* bus = nullptr;
    sd_bus_new(&bus);
    sd_bus_set_fd(bus, fd, fd);
    if (server) sd_bus_set_server(bus, 1, sd_id128_t{.bytes = {1}});
    sd_bus_start(bus);
    return Bus(bus);
  }
  static std::string PathOf(const std::string& unit) {
    char* path = nullptr;
    sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &path);
    std::string text(path);
    free(path);
    return text;
  }
  static std::string UnitOf(const char* path) {
    char* name = nullptr;
    if (sd_bus_path_decode(path, "/org/freedesktop/systemd1/unit", &name) <= 0) return {};
    std::string text(name);
    free(name);
    return text;
  }

  static int OnMessage(sd_bus_message* message, void* self, sd_bus_error*) {
    auto& fake = *static_cast<FakeSystemd*>(self);
    if (sd_bus_message_is_method_call(message, kManager, "LoadUnit") > 0) return fake.Load(message);
    if (sd_bus_message_is_method_call(message, kManager, "Subscribe") > 0) {
      return ++fake.subscriptions;
    }
    if (sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Properties", "GetAll") > 0) {
      return fake.GetAll(message);
    }
    if (sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Properties", "Get") > 0) {
      return fake.Get(message);
    }
    return 0;
  }

  int Get(sd_bus_message* message) {
    ++gets;
    if (silent) return 1;
    const char* interface = nullptr;
    const char* property = nullptr;
    sd_bus_message_read(message, "ss", &interface, &property);
    const bool known = std::string_view(sd_bus_message_get_path(message)) == kManagerPath &&
                       std::string_view(interface) == kManager &&
                       std::string_view(property) == "SystemState";
    if (!known || !refuse.empty()) {
      return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_ACCESS_DENIED, "%s", refuse.c_str());
    }
    sd_bus_message* answer = nullptr;
    sd_bus_message_new_method_return(message, &answer);
    state_reply ? state_reply(answer)
                : sd_bus_message_append(answer, "v", "s", system_state.c_str());
    const int r = sd_bus_send(bus_.get(), answer, nullptr);
    sd_bus_message_unref(answer);
    return r < 0 ? r : 1;
  }

  int Load(sd_bus_message* message) {
    ++loads;
    if (silent) return 1;
    const char* name = nullptr;
    sd_bus_message_read(message, "s", &name);
    if (!refuse.empty()) {
      return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_ACCESS_DENIED, "%s", refuse.c_str());
    }
    return sd_bus_reply_method_return(message, "o", PathOf(name).c_str());
  }

  int GetAll(sd_bus_message* message) {
    const char* interface = nullptr;
    sd_bus_message_read(message, "s", &interface);
    const auto found = units.find(UnitOf(sd_bus_message_get_path(message)));
    const UnitState state = found != units.end() ? found->second : NotFound();
    sd_bus_message* answer = nullptr;
    sd_bus_message_new_method_return(message, &answer);
    if (reply) {
      reply(answer);
    } else if (std::string_view(interface).ends_with(".Service")) {
      AppendService(answer, state);
    } else {
      AppendUnit(answer, state);
    }
    const int r = sd_bus_send(bus_.get(), answer, nullptr);
    sd_bus_message_unref(answer);
    return r < 0 ? r : 1;
  }

  static UnitState NotFound() {
    UnitState state;
    state.load_state = "not-found";
    state.active_state = "inactive";
    state.sub_state = "dead";
    state.result = "success";
    return state;
  }

  static void AppendUnit(sd_bus_message* m, const UnitState& s) {
    sd_bus_message_append(m, "a{sv}", 10, "Names", "as", 1, "x.service", "LoadState", "s",
                          s.load_state.c_str(), "ActiveState", "s", s.active_state.c_str(),
                          "SubState", "s", s.sub_state.c_str(), "UnitFileState", "s",
                          s.unit_file_state.c_str(), "ConditionResult", "b",
                          static_cast<int>(s.condition_result), "NeedDaemonReload", "b",
                          static_cast<int>(s.need_daemon_reload), "StateChangeTimestamp", "t",
                          s.state_change_usec, "ActiveEnterTimestamp", "t", s.active_enter_usec,
                          "ConditionTimestamp", "t", s.condition_usec);
  }
  static void AppendService(sd_bus_message* m, const UnitState& s) {
    sd_bus_message_append(m, "a{sv}", 3, "ExecStart", "a(sas)", 1, "/bin/true", 1, "true", "Result",
                          "s", s.result.c_str(), "ExecMainStatus", "i", s.exec_main_status);
  }

  Bus bus_;
  Slot filter_;
};

}  // namespace kdumpd
