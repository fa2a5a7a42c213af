// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "daemon/core/error.h"
#include "daemon/core/unit_state.h"
#include "systemd/bus.h"

namespace kdumpd {

// One unit, asked over one connection: LoadUnit gives its object path, Properties.GetAll its
// properties, and from then on PropertiesChanged tells that it is worth asking again. Never waits.
// Stays where it is: the calls in flight point to it. Dropping it drops them.
class UnitQuestion {
 public:
  // `answered`: the answer, good or bad, is there. `changed`: the unit is different now.
  UnitQuestion(std::string name, std::function<void()> answered, std::function<void()> changed)
      : name_(std::move(name)), answered_(std::move(answered)), changed_(std::move(changed)) {}
  UnitQuestion(const UnitQuestion&) = delete;
  UnitQuestion& operator=(const UnitQuestion&) = delete;

  // Only when not pending(). Not pending() afterwards: the connection does not even take the
  // question.
  void Ask(sd_bus* bus);
  [[nodiscard]] bool pending() const { return pending_ > 0; }
  // Of the last question. A unit that does not exist is an answer: load_state "not-found".
  [[nodiscard]] const Result<UnitState>& answer() const { return answer_; }

 private:
  void Call(Slot& slot, const char* path, const char* interface, const char* member,
            const char* argument, sd_bus_message_handler_t handler);
  void Reply(sd_bus_message* reply, const char* call, void (UnitQuestion::*read)(sd_bus_message*));
  void ReadPath(sd_bus_message* reply);
  void ReadProperties(sd_bus_message* reply);
  void Finish();
  void Note(const char* call, std::string_view problem);

  static int OnLoaded(sd_bus_message* reply, void* self, sd_bus_error*) noexcept;
  static int OnProperties(sd_bus_message* reply, void* self, sd_bus_error*) noexcept;
  static int OnChanged(sd_bus_message* signal, void* self, sd_bus_error*) noexcept;

  std::string name_;
  std::function<void()> answered_;
  std::function<void()> changed_;
  sd_bus* bus_ = nullptr;  // of the watch, which outlives us
  std::string path_;
  int pending_ = 0;  // calls not answered
  UnitState state_;
  Result<UnitState> answer_;
  Slot match_, load_, unit_, service_;
};

}  // namespace kdumpd
