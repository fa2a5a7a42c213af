// SPDX-License-Identifier: Apache-2.0
#include "systemd/unit_properties.h"

#include <systemd/sd-bus.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <variant>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using Text = std::string UnitState::*;
using Flag = bool UnitState::*;
using Number = int UnitState::*;
using Time = std::uint64_t UnitState::*;

struct Property {
  std::string_view name;
  std::variant<Text, Flag, Number, Time> field;
};

// org.freedesktop.systemd1(5): of .Unit, and Result and ExecMainStatus of .Service.
constexpr Property kProperties[] = {
    {"LoadState", &UnitState::load_state},
    {"ActiveState", &UnitState::active_state},
    {"SubState", &UnitState::sub_state},
    {"UnitFileState", &UnitState::unit_file_state},
    {"ConditionResult", &UnitState::condition_result},
    {"NeedDaemonReload", &UnitState::need_daemon_reload},
    {"StateChangeTimestamp", &UnitState::state_change_usec},
    {"ActiveEnterTimestamp", &UnitState::active_enter_usec},
    {"ConditionTimestamp", &UnitState::condition_usec},
    {"Result", &UnitState::result},
    {"ExecMainStatus", &UnitState::exec_main_status},
};

// Reads one variant of the field's own D-Bus type.
struct Reader {
  sd_bus_message* message;
  UnitState& state;

  int operator()(Text field) const {
    const char* text = nullptr;
    const int r = sd_bus_message_read(message, "v", "s", &text);
    if (r > 0) state.*field = Printable(text, 64);
    return r;
  }
  int operator()(Flag field) const {
    int flag = 0;
    const int r = sd_bus_message_read(message, "v", "b", &flag);
    if (r > 0) state.*field = flag != 0;
    return r;
  }
  int operator()(Number field) const {
    std::int32_t number = 0;
    const int r = sd_bus_message_read(message, "v", "i", &number);
    if (r > 0) state.*field = number;
    return r;
  }
  int operator()(Time field) const {
    return sd_bus_message_read(message, "v", "t", &(state.*field));
  }
};

// 1: read one entry; 0: no more; negative: does not parse. `name` is the property it stopped at.
int ReadEntry(sd_bus_message* reply, UnitState& state, std::string& name) {
  int r = sd_bus_message_enter_container(reply, 'e', "sv");
  if (r <= 0) return r;
  const char* key = nullptr;
  r = sd_bus_message_read(reply, "s", &key);
  if (r <= 0) return r == 0 ? -EBADMSG : r;
  name = Printable(key, 64);
  const auto* property = std::ranges::find(kProperties, std::string_view(key), &Property::name);
  r = property == std::end(kProperties) ? sd_bus_message_skip(reply, "v")
                                        : std::visit(Reader{reply, state}, property->field);
  if (r <= 0) return r == 0 ? -EBADMSG : r;
  r = sd_bus_message_exit_container(reply);
  return r < 0 ? r : 1;
}

}  // namespace

Result<void> ReadUnitProperties(sd_bus_message* reply, UnitState& state) {
  std::string name = "the reply";
  int r = sd_bus_message_enter_container(reply, 'a', "{sv}");
  if (r == 0) r = -EBADMSG;
  while (r > 0) r = ReadEntry(reply, state, name);
  if (r < 0) return Fail(ErrorCode::kInvalid, Cat(name, " is not of the expected D-Bus type"));
  return {};
}

}  // namespace kdumpd
