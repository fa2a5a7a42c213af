// SPDX-License-Identifier: Apache-2.0
#include "systemd/unit_question.h"

#include <system_error>

#include "daemon/core/text.h"
#include "systemd/unit_properties.h"

namespace kdumpd {
namespace {

constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

}  // namespace

void UnitQuestion::Ask(sd_bus* bus) {
  bus_ = bus;
  state_ = UnitState{};
  state_.name = name_;
  answer_ = UnitState{};
  Call(load_, kManagerPath, kManager, "LoadUnit", name_.c_str(), &OnLoaded);
}

void UnitQuestion::Call(Slot& slot, const char* path, const char* interface, const char* member,
                        const char* argument, sd_bus_message_handler_t handler) {
  sd_bus_slot* raw = nullptr;
  const int r = sd_bus_call_method_async(bus_, &raw, kSystemd, path, interface, member, handler,
                                         this, "s", argument);
  slot.reset(raw);
  if (r < 0) return Note(member, std::generic_category().message(-r));
  ++pending_;
}

void UnitQuestion::Reply(sd_bus_message* reply, const char* call,
                         void (UnitQuestion::*read)(sd_bus_message*)) {
  // A closing connection answers every call itself, with an error; Disconnected follows and says
  // so.
  if (sd_bus_is_open(bus_) <= 0) return;
  const sd_bus_error* error = sd_bus_message_get_error(reply);
  if (error == nullptr) {
    (this->*read)(reply);
  } else {
    Note(call, Printable(error->message != nullptr ? error->message : error->name));
  }
  if (--pending_ == 0) Finish();
}

void UnitQuestion::ReadPath(sd_bus_message* reply) {
  const char* path = nullptr;
  if (sd_bus_message_read(reply, "o", &path) <= 0) {
    return Note("LoadUnit", "the reply is not an object path");
  }
  // Another path when the unit became an alias. The match goes out before GetAll, so that no change
  // falls between the two.
  if (!match_ || path_ != path) {
    path_ = path;
    MatchSignal(bus_, match_, path, kProperties, "PropertiesChanged", &OnChanged, this);
  }
  Call(unit_, path, kProperties, "GetAll", "org.freedesktop.systemd1.Unit", &OnProperties);
  if (!name_.ends_with(".service")) return;
  Call(service_, path, kProperties, "GetAll", "org.freedesktop.systemd1.Service", &OnProperties);
}

void UnitQuestion::ReadProperties(sd_bus_message* reply) {
  if (auto read = ReadUnitProperties(reply, state_); !read) Note("GetAll", read.error().message);
}

void UnitQuestion::Finish() {
  if (answer_ && (state_.load_state.empty() || state_.active_state.empty())) {
    Note("GetAll", "no LoadState or no ActiveState in the reply");
  }
  if (answer_) answer_ = state_;
  // From a copy, and last: it may end in dropping this question.
  const auto answered = answered_;
  answered();
}

// The first problem is the one to tell.
void UnitQuestion::Note(const char* call, std::string_view problem) {
  if (!answer_) return;
  answer_ = Fail(ErrorCode::kInvalid, Cat(call, " of ", Printable(name_), ": ", problem));
}

int UnitQuestion::OnLoaded(sd_bus_message* reply, void* self, sd_bus_error*) noexcept {
  static_cast<UnitQuestion*>(self)->Reply(reply, "LoadUnit", &UnitQuestion::ReadPath);
  return 0;
}

int UnitQuestion::OnProperties(sd_bus_message* reply, void* self, sd_bus_error*) noexcept {
  static_cast<UnitQuestion*>(self)->Reply(reply, "GetAll", &UnitQuestion::ReadProperties);
  return 0;
}

int UnitQuestion::OnChanged(sd_bus_message*, void* self, sd_bus_error*) noexcept {
  static_cast<UnitQuestion*>(self)->changed_();
  return 0;
}

}  // namespace kdumpd
