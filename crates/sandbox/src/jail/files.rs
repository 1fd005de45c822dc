//! Landlock: no right to any path, port, signal or abstract socket, whatever the kernel can forbid.
//! Knows nothing of system calls.

use super::Outcome;
use crate::limits::Terms;
use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, RestrictionStatus, Ruleset, RulesetAttr, RulesetError,
    RulesetStatus, Scope,
};

/// The newest rules this program was written with. An older kernel enforces what it knows.
const NEWEST: ABI = ABI::V10;

pub(super) fn no_rights(_: &Terms) -> Outcome {
    let status = restrict().map_err(|error| error.to_string())?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => {
            Err("built into the kernel but not enabled: add landlock to the kernel's lsm= list".to_owned())
        }
        (RulesetStatus::NotEnforced, _) => {
            Err("the kernel has no Landlock (Linux 5.13 and later can)".to_owned())
        }
        (
            RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced,
            LandlockStatus::Available { effective_abi, .. },
        ) => Ok(reach(effective_abi)),
        (RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced, _) => Ok("enforced".to_owned()),
    }
}

/// Every right is handled and none is granted.
fn restrict() -> Result<RestrictionStatus, RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .restrict_self()
}

/// What an ABI closes, in words.
fn reach(abi: ABI) -> String {
    let closed = match abi {
        ABI::Unsupported => "nothing",
        ABI::V1 | ABI::V2 | ABI::V3 => "files",
        ABI::V4 | ABI::V5 => "files and TCP",
        _ => "files, TCP, signals and abstract sockets",
    };
    format!("ABI {}: {closed}", abi as i32)
}
