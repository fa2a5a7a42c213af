// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/core/crash_inventory.h"
#include "daemon/core/inspection.h"
#include "daemon/core/retention.h"
#include "daemon/core/state.h"

// The inventory of crashes for a person and for programs. Nothing in it is trusted: names, titles
// and reports are shown and not obeyed.
namespace kdumpd {

// `crashes list`: how many, then one line for each, the newest first: time, state of the dump,
// whether somebody has looked, category, what crashed, id.
[[nodiscard]] std::string CrashesText(const State& state, bool colour);

// `crashes show`: what crashed, what is remembered, then the report; null: there is none. Of a
// historic dump without a record, where it lies. `state`: where the dumps lie.
[[nodiscard]] std::string CrashText(const State& state, const Crash& crash,
                                    const Inspection* report, bool colour);
// The same as one document: the crash as /api/v1/crashes lists it, and "report" as
// docs/schema/inspection.schema.json has it.
[[nodiscard]] std::string CrashDocument(const State& state, const Crash& crash,
                                        const Inspection* report);

// `crashes prune`: what goes or went, what stays, and why.
[[nodiscard]] std::string RetentionText(const RetentionPlan& plan, bool dry_run, bool colour);
[[nodiscard]] std::string RetentionJson(const State& state, const RetentionPlan& plan,
                                        bool dry_run);

}  // namespace kdumpd
