"""What the nouns share: scalars, enums, errors, pages, masking."""
