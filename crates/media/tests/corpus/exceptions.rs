//! Rows of the manifest that are known not to be right, each with its reason. The test fails when one of them
//! starts to work, so this list only holds what is true.

/// (path, why).
pub(crate) const NOT_RIGHT: &[(&str, &str)] = &[];

/// Rows whose thumbnail has the right shape but cannot be compared: (path, why).
pub(crate) const NOT_COMPARED: &[(&str, &str)] = &[];
