// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "daemon/core/error.h"

namespace kdumpd {

// One observed value, with the three answers kept apart: it says so; there is no such thing; we
// could not look. Folding these together is where most readiness checkers go wrong.
template <class T>
class Fact {
 public:
  // A fact that nobody has looked at yet is unreadable, never a value.
  Fact() = default;

  static Fact Known(T value, std::string source) {
    return Fact(kKnown, std::move(value), std::move(source), {});
  }
  static Fact Absent(std::string source) { return Fact(kAbsent, T{}, std::move(source), {}); }
  static Fact Unreadable(std::string source, std::string why) {
    return Fact(kUnreadable, T{}, std::move(source), std::move(why));
  }
  // kNotFound becomes absent; every other error becomes unreadable, with its sentence.
  static Fact From(Result<T> result, std::string source) {
    if (result) return Known(*std::move(result), std::move(source));
    if (result.error().code == ErrorCode::kNotFound) return Absent(std::move(source));
    return Unreadable(std::move(source), std::move(result).error().message);
  }
  // Not looked at, and no file to name: the answer to a question this node does not ask.
  template <class U>
  static Fact Like(const Fact<U>& other) {
    return other.absent() ? Absent(other.source()) : Unreadable(other.source(), other.why());
  }

  [[nodiscard]] bool known() const { return state_ == kKnown; }
  [[nodiscard]] bool absent() const { return state_ == kAbsent; }
  [[nodiscard]] bool unreadable() const { return state_ == kUnreadable; }
  [[nodiscard]] bool Is(const T& value) const { return known() && value_ == value; }

  // Only when known().
  [[nodiscard]] const T& value() const { return value_; }
  [[nodiscard]] T& value() { return value_; }
  [[nodiscard]] const T* operator->() const { return &value_; }
  [[nodiscard]] T ValueOr(const T& other) const { return known() ? value_ : other; }

  // The file, bus property or tool it came from, as the node names it ("/proc/cmdline").
  [[nodiscard]] const std::string& source() const { return source_; }
  // Why it is unreadable; empty otherwise.
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  enum State { kUnreadable, kAbsent, kKnown };
  Fact(State state, T value, std::string source, std::string why)
      : state_(state), value_(std::move(value)), source_(std::move(source)), why_(std::move(why)) {}

  State state_ = kUnreadable;
  T value_{};
  std::string source_;
  std::string why_ = "not looked at yet";
};

}  // namespace kdumpd
