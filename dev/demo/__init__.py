"""A pilot morning of Điện Biên and Lào Cai, played through the whole pipeline and audited at the end."""
